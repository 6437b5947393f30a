// In which order the units of one large request are made known: what others need comes before them, so that
// nobody is placed, and started, before it is known what it must be with. Pure.

import { withDropIns } from '../drop-ins.ts';
import type { UnitRequest } from '../model.ts';
import { parsePlacement } from '../placement.ts';

export interface RequestOrder {
  /** Indices of the requests. */
  readonly order: readonly number[];
  /** Whether any of them needs another: then one transaction comes after the other. */
  readonly isBound: boolean;
}

/** As they are, when all are made known at once. */
export function inTurn(requests: readonly UnitRequest[]): RequestOrder {
  return { order: [...requests.keys()], isBound: false };
}

/** What is needed first; units that need each other stay side by side, and a name given twice changes nothing. */
export function neededFirst(requests: readonly UnitRequest[]): RequestOrder {
  const indices = new Map(requests.map(({ name }, index) => [name, index]));
  if (indices.size < requests.length) return inTurn(requests);
  const needs = requests.map((request) => needsOf(request).flatMap((name) => indices.get(name) ?? []));
  const order = new Set<number>();
  const entered = new Set<number>();
  for (const start of requests.keys()) {
    const path = [start];
    while (path.length > 0) {
      const index = path.at(-1) ?? start;
      entered.add(index);
      const next = needs[index]?.find((other) => !entered.has(other));
      if (next !== undefined) path.push(next);
      else {
        order.add(index);
        path.pop();
      }
    }
  }
  return { order: [...order], isBound: needs.some((list) => list.length > 0) };
}

/** The units that this one must be with. */
function needsOf({ name, options = [], dropIns = [] }: UnitRequest): readonly string[] {
  const { machineOf, bonds = [] } = parsePlacement(withDropIns(options, dropIns), name);
  return [...machineOf, ...bonds.map(({ unit }) => unit)].filter((unit) => unit !== name);
}
