// What of a cluster is not as its users want it, as sentences: none, once it has come to rest.

import type { ClusterSnapshot } from '../fleet/index.ts';
import type { Invariants } from './invariants.ts';
import type { WantedUnit } from './model.ts';

export interface Cluster {
  readonly wanted: ReadonlyMap<string, WantedUnit>;
  readonly invariants: Invariants;
  readonly machines: ReadonlyMap<string, { readonly isOn: boolean }>;
}

/** With the store's view also what is written there: all machines, no more and no other units than wanted. */
export function unmet(cluster: Cluster, view?: ClusterSnapshot['view']): string[] {
  const wrong = [...unmetInSystemd(cluster)];
  if (view !== undefined) wrong.push(...unmetInStore(cluster, view));
  return wrong;
}

function* unmetInSystemd({ wanted, invariants, machines }: Cluster): Generator<string> {
  const on = [...machines].filter(([, { isOn }]) => isOn);
  for (const unit of wanted.values()) {
    const where = [...(invariants.running.get(unit.name) ?? [])];
    const count = !unit.launched ? 0 : unit.global ? on.length : 1;
    if (where.length !== count)
      yield `${unit.name} is to run ${count} times and runs ${where.length} times (${where.map(short).join(', ')}).`;
  }
  for (const name of invariants.running.keys()) {
    if (!wanted.has(name)) yield `${name} runs, and nobody wants it.`;
  }
}

function* unmetInStore({ wanted, machines }: Cluster, view: ClusterSnapshot['view']): Generator<string> {
  if (view.leader === undefined) yield 'Nobody leads.';
  for (const [id, { isOn }] of machines) {
    if (isOn && !view.machines.has(id)) yield `The machine ${short(id)} is not present.`;
  }
  for (const unit of wanted.values()) {
    const stored = view.units.get(unit.name);
    if (stored === undefined) {
      yield `${unit.name} was accepted, and is not in the store.`;
      continue;
    }
    for (const [machine, state] of view.states.get(unit.name) ?? []) {
      if (state.hash !== stored.hash) yield `${unit.name} on ${short(machine)} has an old content.`;
      if (unit.launched && state.systemdActiveState !== 'active')
        yield `${unit.name} on ${short(machine)} is told to be ${state.systemdActiveState}.`;
      if (view.assignments.get(unit.name)?.has(machine) !== true)
        yield `${unit.name} is told of by ${short(machine)}, which is not to have it.`;
    }
    if (unit.launched && (view.states.get(unit.name)?.size ?? 0) === 0) yield `${unit.name} is not told of.`;
  }
  for (const [what, names] of [
    ['wanted', view.units.keys()],
    ['scheduled', view.assignments.keys()],
    ['told of', view.states.keys()],
  ] as const) {
    for (const name of names)
      if (!wanted.has(name)) yield `${name} is ${what} in the store, and was destroyed.`;
  }
}

function short(id: string): string {
  return id.slice(0, 8);
}
