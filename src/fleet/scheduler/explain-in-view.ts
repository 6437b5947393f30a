// Why a unit waits, worked out on any daemon from what the store holds.

import { isFinished } from '../registry/outcome.ts';
import type { Explain } from '../registry/status.ts';
import type { ClusterView } from '../registry/view.ts';
import { Cluster } from './cluster.ts';
import { explainWaiting } from './explain.ts';

/**
 * The reason why a unit is on no machine; undefined when one would take it and the engine only has not
 * said so yet. The first question after a change takes time in the order of the cluster's size.
 */
export function viewExplainer(): Explain {
  const known = new WeakMap<ClusterView, { readonly version: number; readonly cluster: Cluster }>();
  const clusterAt = (view: ClusterView): Cluster => {
    const last = known.get(view);
    if (last?.version === view.version) return last.cluster;
    const cluster = clusterOf(view);
    known.set(view, { version: view.version, cluster });
    return cluster;
  };
  return (view, name) => explain(view, name, clusterAt);
}

function explain(
  view: ClusterView,
  name: string,
  clusterAt: (view: ClusterView) => Cluster,
): string | undefined {
  const unit = view.units.get(name);
  if (unit === undefined) return undefined;
  if (view.leader === undefined) return 'No engine leads: no fleetd is up that may decide.';
  return explainWaiting(clusterAt(view), unit);
}

/** The cluster for the scheduler's questions, as the store has it. */
export function clusterOf(view: ClusterView): Cluster {
  const cluster = new Cluster();
  for (const id of view.machines.keys()) {
    const machine = view.machine(id);
    if (machine !== undefined) cluster.setMachine({ ...machine, open: true });
  }
  for (const machines of view.assignments.values()) {
    for (const id of machines.keys()) {
      if (!cluster.machines.has(id)) cluster.setMachine({ id, metadata: {}, open: false });
    }
  }
  for (const unit of view.units.values()) cluster.setUnit(unit);
  for (const [name, outcome] of view.outcomes) {
    if (isFinished(view.units.get(name), outcome, view.assignments.get(name))) cluster.finished.add(name);
  }
  for (const [name, machines] of view.assignments) {
    for (const [id, { hash, targetState }] of machines) cluster.place(name, id, { hash, targetState });
  }
  return cluster;
}
