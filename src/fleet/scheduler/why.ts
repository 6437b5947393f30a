// Why a unit is where it is, and why on no other machine: a sentence for each machine.

import type { ClusterView } from '../registry/view.ts';
import { describeMisfit, explainWaiting } from './explain.ts';
import { clusterOf } from './explain-in-view.ts';
import { isUnwelcome, misfitOf } from './fit.ts';
import type { MachineLoad } from './load.ts';

export interface WhyMachine {
  readonly machineID: string;
  /** `here`: the unit is on it; `fits`: it would do; `no`: it may not be there. */
  readonly verdict: 'here' | 'fits' | 'no';
  readonly reason: string;
}

export interface Why {
  readonly name: string;
  readonly desiredState: string;
  /** Why it is nowhere, when it is. */
  readonly waiting?: string;
  readonly machines: readonly WhyMachine[];
}

/** All machines judged for that unit, in the order of their IDs; undefined when there is no such unit. */
export function whyUnit(view: ClusterView, name: string): Why | undefined {
  const unit = view.units.get(name);
  if (unit === undefined) return undefined;
  const cluster = clusterOf(view);
  const placed = view.assignments.get(name);
  const judge = (load: MachineLoad): WhyMachine => {
    const { id } = load.machine;
    const here = placed?.get(id);
    if (here !== undefined) return { machineID: id, verdict: 'here', reason: here.reason };
    const misfit = misfitOf(cluster, unit, load);
    if (misfit !== undefined) {
      return { machineID: id, verdict: 'no', reason: describeMisfit(cluster, unit, load, misfit) };
    }
    const others = `${load.units.size} ${load.units.size === 1 ? 'unit' : 'units'} of weight ${load.weight}`;
    const unwelcome = isUnwelcome(cluster, unit, load) ? ' A unit there replaces it.' : '';
    return { machineID: id, verdict: 'fits', reason: `It would do; it has ${others}.${unwelcome}` };
  };
  const machines = [...cluster.machines.values()]
    .map(judge)
    .sort((a, b) => (a.machineID < b.machineID ? -1 : 1));
  const waits = unit.desiredState !== 'inactive' && placed === undefined && !unit.placement.global;
  const waiting = waits
    ? (explainWaiting(cluster, unit) ?? 'A machine would take it; the engine has not decided yet.')
    : undefined;
  return {
    name,
    desiredState: unit.desiredState,
    ...(waiting === undefined ? {} : { waiting }),
    machines,
  };
}
