// Relations between units that hold wherever in the cluster both are, as [X-Fleet] states them. Pure: what a
// unit may do is decided from what is wanted and what its machines say.

import type { Relation, TargetState, UnitState } from './model.ts';

/** What is known of the unit that a relation names. */
export interface Facts {
  /** Undefined for what is no unit of the cluster. */
  wanted(name: string): TargetState | undefined;
  /** What its machines say; undefined while nobody has told us. */
  states(
    name: string,
  ): readonly Pick<UnitState, 'machineID' | 'systemdActiveState' | 'reached' | 'jobResult'>[] | undefined;
}

type Seen = Pick<UnitState, 'systemdActiveState' | 'reached' | 'jobResult'>;

const up = ['active', 'reloading'];
const down = ['inactive', 'failed', 'deactivating'];

/**
 * Why a unit that is wanted launched is held back, as a sentence; undefined when it may run. `started`: it
 * was told to start before. Then only what is known holds it back, never what is missing.
 */
export function heldBack(relations: readonly Relation[], started: boolean, facts: Facts): string | undefined {
  for (const relation of relations) {
    const reason = started ? stopReason(relation, facts) : waitReason(relation, facts);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function waitReason({ kind, unit }: Relation, facts: Facts): string | undefined {
  const wanted = facts.wanted(unit);
  const needs = kind === 'Requires' || kind === 'BindsTo';
  if (wanted !== 'launched') {
    if (kind === 'After') return undefined;
    return wanted === undefined && !needs ? undefined : notWanted(kind, unit, wanted);
  }
  if (kind === 'PartOf') return undefined;
  const states = facts.states(unit) ?? [];
  if (states.some(({ systemdActiveState }) => up.includes(systemdActiveState))) return undefined;
  if (kind !== 'BindsTo' && states.some(hasFinished)) return undefined;
  if (kind === 'After' && states.some(({ systemdActiveState }) => systemdActiveState === 'failed'))
    return undefined;
  const [state] = states;
  const now = state === undefined ? 'not started anywhere' : `"${state.systemdActiveState}"`;
  return `It starts when ${unit} is active (${kind}=), which is ${now}.`;
}

function stopReason({ kind, unit }: Relation, facts: Facts): string | undefined {
  if (kind === 'Requires' || kind === 'After') return undefined;
  const wanted = facts.wanted(unit);
  if (wanted !== 'launched') {
    return wanted === undefined && kind === 'PartOf' ? undefined : notWanted(kind, unit, wanted);
  }
  if (kind === 'PartOf') return undefined;
  const states = facts.states(unit) ?? [];
  const isDown = ({ systemdActiveState, reached }: Seen) =>
    reached === 'launched' && down.includes(systemdActiveState);
  if (states.length === 0 || !states.every(isDown)) return undefined;
  return `It stopped with ${unit} (${kind}=), which is "${states[0]?.systemdActiveState}".`;
}

function notWanted(kind: string, unit: string, wanted: TargetState | undefined): string {
  if (wanted === undefined) return `It needs ${unit} (${kind}=), which is no unit of the cluster.`;
  return `It needs ${unit} (${kind}=), whose desired state is ${wanted}: fleetctl start ${unit}.`;
}

/** A oneshot that is over, and well. */
function hasFinished({ systemdActiveState, reached, jobResult }: Seen): boolean {
  return reached === 'launched' && systemdActiveState === 'inactive' && jobResult === 'done';
}

/** Relations that make one unit wait for another: a ring of them would wait for ever. */
export function waitsFor(relations: readonly Relation[]): readonly string[] {
  return relations.filter(({ kind }) => kind !== 'PartOf').map(({ unit }) => unit);
}

/**
 * The way from a unit back to itself along what each waits for, both ends included; undefined when there is
 * none. `next` may have to look a unit up.
 */
export async function findRing(
  name: string,
  relations: readonly Relation[],
  next: (name: string) => Promise<readonly Relation[]>,
): Promise<readonly string[] | undefined> {
  const from = new Map<string, string>();
  const open = [name];
  for (const at of open) {
    for (const other of waitsFor(at === name ? relations : await next(at))) {
      if (other === name) {
        const way = [name, at];
        for (let back = from.get(at); back !== undefined; back = from.get(back)) way.push(back);
        return at === name ? [name, name] : way.reverse();
      }
      if (from.has(other)) continue;
      from.set(other, at);
      open.push(other);
    }
  }
  return undefined;
}
