// Where a unit and what it needs can be together, when it cannot go to where that is.

import type { Cluster, SchedulableUnit } from './cluster.ts';
import { shortId } from './explain.ts';
import { isUnwelcome, misfitOf } from './fit.ts';
import type { MachineLoad } from './load.ts';

export interface Meeting {
  readonly peer: SchedulableUnit;
  readonly from: MachineLoad;
  /** The machine for both. */
  readonly at: MachineLoad;
  readonly reason: string;
}

/**
 * What is only loaded, as a timer's service is, comes to the unit that needs it where the unit cannot go
 * to it.
 */
export function meetingOf(cluster: Cluster, unit: SchedulableUnit): Meeting | undefined {
  const [name = '', ...others] = cluster.peersOf(unit);
  const peer = cluster.units.get(name);
  const [id = '', ...more] = cluster.placed.get(name)?.keys() ?? [];
  const from = cluster.machines.get(id);
  if (peer?.desiredState !== 'loaded' || peer.placement.global || others.length + more.length > 0)
    return undefined;
  if (unit.placement.machineOf.length > 0 || from?.machine.open !== true) return undefined;
  // Those that are with it already keep it where it is.
  if (cluster.followersOf(name).some((other) => from.units.has(other))) return undefined;
  if (cluster.peersOf(peer).length > 0) return undefined;
  const at = cluster
    .leastLoaded()
    .find((load) => load !== from && fitTogether(cluster, peer, unit, from, load));
  if (at === undefined) return undefined;
  const reason = `${unit.name}, which needs it, can be on ${shortId(at.machine.id)} and not on ${shortId(id)}.`;
  return { peer, from, at, reason };
}

/** Whether both may be on a machine, tried: one may take the room that the other needs. */
function fitTogether(
  cluster: Cluster,
  peer: SchedulableUnit,
  unit: SchedulableUnit,
  from: MachineLoad,
  load: MachineLoad,
): boolean {
  const placed = cluster.placed.get(peer.name)?.get(from.machine.id);
  if (placed === undefined || misfitOf(cluster, peer, load) !== undefined) return false;
  cluster.unplace(peer.name, from.machine.id);
  cluster.place(peer.name, load.machine.id, placed);
  const fits = misfitOf(cluster, unit, load) === undefined && !isUnwelcome(cluster, unit, load);
  cluster.unplace(peer.name, load.machine.id);
  cluster.place(peer.name, from.machine.id, placed);
  return fits;
}
