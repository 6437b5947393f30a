// What would happen on the machines if units were other than they are: the scheduler's decisions on a copy of
// the cluster, told as steps. Nothing is written, and nobody is asked.

import type { PlannedStep } from '../model.ts';
import type { UnitRecord } from '../registry/records.ts';
import type { ClusterView } from '../registry/view.ts';
import type { Cluster, Placed } from './cluster.ts';
import type { Changes, Decision } from './decision.ts';
import { explainWaiting } from './explain.ts';
import { clusterOf } from './explain-in-view.ts';
import { schedule } from './scheduler.ts';

/** The steps that follow when these units are so, or gone (undefined), by the units' names. */
export function previewChanges(
  view: ClusterView,
  units: ReadonlyMap<string, UnitRecord | undefined>,
): readonly PlannedStep[] {
  return preview(view, (cluster) => {
    for (const [name, record] of units) {
      if (record === undefined) cluster.removeUnit(name);
      else cluster.setUnit({ ...record, name });
    }
    return { ...nothing, units: new Set(units.keys()) };
  });
}

/** The steps that follow when a machine is given up; `why` is half a sentence ("was given up"). */
export function previewLoss(view: ClusterView, machine: string, why: string): readonly PlannedStep[] {
  return preview(view, () => ({ ...nothing, lost: new Map([[machine, why]]) }));
}

/** The steps that follow when a machine is no longer drained. */
export function previewUndrain(view: ClusterView, machine: string): readonly PlannedStep[] {
  return preview(view, (cluster) => {
    const known = cluster.machines.get(machine)?.machine;
    if (known === undefined) return nothing;
    const { drain: _, ...open } = known;
    cluster.setMachine(open);
    return { ...nothing, machines: new Set([machine]) };
  });
}

const nothing: Changes = { units: new Set(), machines: new Set(), lost: new Map() };

function preview(view: ClusterView, change: (cluster: Cluster) => Changes): readonly PlannedStep[] {
  const cluster = clusterOf(view);
  const before = new Map([...cluster.placed].map(([name, machines]) => [name, new Map(machines)]));
  const changes = change(cluster);
  const decisions = Map.groupBy(schedule(cluster, changes), ({ unit }) => unit);
  const names = new Set([...changes.units, ...decisions.keys()]);
  return [...names].sort().flatMap((name) => {
    const steps = stepsOf(name, decisions.get(name) ?? [], before.get(name) ?? new Map());
    return [...steps, ...waitOf(cluster, name)];
  });
}

function stepsOf(
  name: string,
  decisions: readonly Decision[],
  before: ReadonlyMap<string, Placed>,
): PlannedStep[] {
  const leaves = decisions.filter(({ kind, machine }) => kind === 'remove' && before.has(machine));
  const comes = decisions.filter((decision) => decision.kind === 'place');
  const [left] = leaves;
  const [come] = comes;
  const moves = leaves.length === 1 && comes.length === 1 && left !== undefined && come !== undefined;
  if (moves && !before.has(come.machine)) {
    const { machine: machineID, reason } = come;
    return [{ name, action: 'move', from: left.machine, machineID, reason }];
  }
  const steps = comes.flatMap((decision): PlannedStep[] => {
    const was = before.get(decision.machine);
    const action = actionOf(decision, was);
    if (action === undefined) return [];
    // A stop has no other reason than that it was asked for.
    const reason = action === 'stop' ? '' : decision.reason;
    return [{ name, action, machineID: decision.machine, reason }];
  });
  const removals = leaves.map(
    ({ machine, reason }): PlannedStep => ({ name, action: 'remove', machineID: machine, reason }),
  );
  return [...removals, ...steps];
}

function actionOf(
  { hash, targetState }: Extract<Decision, { kind: 'place' }>,
  was: Placed | undefined,
): PlannedStep['action'] | undefined {
  if (was === undefined) return targetState === 'launched' ? 'start' : 'load';
  if (was.hash !== hash) return 'replace';
  if (was.targetState === targetState) return undefined;
  return targetState === 'launched' ? 'start' : 'stop';
}

function waitOf(cluster: Cluster, name: string): PlannedStep[] {
  const unit = cluster.units.get(name);
  if (unit === undefined || unit.desiredState === 'inactive' || unit.placement.global) return [];
  if (cluster.placed.has(name)) return [];
  return [{ name, action: 'wait', reason: explainWaiting(cluster, unit) ?? 'No machine takes it.' }];
}
