// One unit's whole story, put together from what the store holds.

import type { TargetState, UnitState, UnitStatus } from '../model.ts';
import { heldBack } from '../relations.ts';
import { isFinished } from './outcome.ts';
import type { ClusterView } from './view.ts';

/** Why a unit is on no machine, or undefined when nothing is known to hinder it. */
export type Explain = (view: ClusterView, name: string) => string | undefined;

/**
 * The status of a unit, or undefined when nothing of it is left. A unit that was destroyed stays, with
 * desired state `inactive`, until its last machine has let go of it.
 */
export function unitStatus(view: ClusterView, name: string, explain: Explain): UnitStatus | undefined {
  const unit = view.units.get(name);
  const assignments = [...(view.assignments.get(name)?.values() ?? [])];
  const states = [...(view.states.get(name)?.values() ?? [])].sort(byMachine);
  if (unit === undefined && assignments.length === 0 && states.length === 0) return undefined;
  const global = unit?.placement.global ?? false;
  const desiredState = unit?.desiredState ?? 'inactive';
  const placed = assignments.length > 0 || desiredState === 'inactive';
  const outcome = view.outcomes.get(name);
  const finished = isFinished(unit, outcome, view.assignments.get(name)) ? outcome : undefined;
  const waiting = placed ? heldInView(view, name) : explain(view, name);
  const current = global ? undefined : currentState(view, name);
  return {
    name,
    desiredState,
    ...(current === undefined ? {} : { currentState: current }),
    global,
    hash: unit?.hash ?? states[0]?.hash ?? '',
    ...(unit?.dropIns === undefined ? {} : { dropIns: unit.dropIns }),
    assignments: assignments.sort(byMachine),
    ...(finished?.finishedAt === undefined
      ? {}
      : { finished: { at: finished.finishedAt, machineID: finished.machineID } }),
    ...(waiting === undefined ? {} : { waiting }),
    states,
  };
}

/** Why a unit is loaded and not launched as it is wanted, where its relations to other units are the reason. */
export function heldInView(view: ClusterView, name: string): string | undefined {
  const unit = view.units.get(name);
  const relations = unit?.placement.relations;
  if (relations === undefined || unit?.desiredState !== 'launched') return undefined;
  const assignments = [...(view.assignments.get(name)?.values() ?? [])];
  const started = assignments.some(({ targetState }) => targetState === 'launched');
  return heldBack(relations, started, {
    wanted: (other) => view.units.get(other)?.desiredState,
    states: (other) => [...(view.states.get(other)?.values() ?? [])],
  });
}

/**
 * How far a unit that is not global has come, as fleet derives it: `loaded` means that its machine has
 * it, `launched` that its start was asked for there.
 */
export function currentState(view: ClusterView, name: string): TargetState {
  const machine = targetMachine(view, name);
  return (machine === undefined ? undefined : stateOn(view, name, machine)?.reached) ?? 'inactive';
}

/** The machine that a unit which is not global was given to. */
export function targetMachine(view: ClusterView, name: string): string | undefined {
  const unit = view.units.get(name);
  if (unit === undefined || unit.placement.global) return undefined;
  return view.assignments.get(name)?.keys().next().value;
}

/** All names that anything is known of, in order. */
export function knownUnits(view: ClusterView): string[] {
  return [...new Set([...view.units.keys(), ...view.assignments.keys(), ...view.states.keys()])].sort();
}

function stateOn(view: ClusterView, name: string, machine: string): UnitState | undefined {
  return view.states.get(name)?.get(machine);
}

/** By the machines' IDs. */
export function byMachine(a: { readonly machineID: string }, b: { readonly machineID: string }): number {
  return a.machineID < b.machineID ? -1 : a.machineID > b.machineID ? 1 : 0;
}
