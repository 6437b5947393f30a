// Which of the machines that fit a unit goes to.

import type { Cluster, SchedulableUnit } from './cluster.ts';
import { couldFollow, isUnwelcome, misfitOf } from './fit.ts';
import { byLoad, type MachineLoad } from './load.ts';
import { Spread } from './spread.ts';

/** Machines to look at, in order: least loaded first. A unit with peers looks only where they are. */
export function candidatesFor(cluster: Cluster, unit: SchedulableUnit): readonly MachineLoad[] {
  const [peer] = cluster.peersOf(unit);
  if (peer !== undefined) return machinesOf(cluster, [peer]);
  // What comes back goes to those that stayed where they were and need it: then none of them has to move.
  const followers = cluster.followersOf(unit.name);
  if (followers.length === 0) return cluster.leastLoaded();
  const waiting = machinesOf(cluster, followers);
  return waiting.length === 0 ? cluster.leastLoaded() : [...new Set([...waiting, ...cluster.leastLoaded()])];
}

function machinesOf(cluster: Cluster, names: Iterable<string>): MachineLoad[] {
  const machines = new Set([...names].flatMap((name) => [...(cluster.placed.get(name)?.keys() ?? [])]));
  return [...machines].flatMap((id) => cluster.machines.get(id) ?? []).sort(byLoad);
}

/**
 * The first of `candidates` that fits and where those who must be with the unit can follow it, or the best of
 * them to spread over; else the first that fits. One where somebody replaces it comes last, and with `except`,
 * the machines that it is to leave, not at all.
 */
export function pickMachine(
  cluster: Cluster,
  unit: SchedulableUnit,
  candidates: readonly MachineLoad[],
  except?: ReadonlySet<string>,
): MachineLoad | undefined {
  const spread = Spread.of(cluster, unit);
  const company = companyOf(cluster, unit);
  let second: MachineLoad | undefined;
  let third: MachineLoad | undefined;
  for (const load of candidates) {
    if (except?.has(load.machine.id) === true || misfitOf(cluster, unit, load) !== undefined) continue;
    if (isUnwelcome(cluster, unit, load)) third ??= load;
    else if (company.some((other) => !couldFollow(cluster, other, load))) second ??= load;
    else if (spread === undefined) return load;
    else spread.consider(load);
  }
  return spread?.best ?? second ?? (except === undefined ? third : undefined);
}

/** Wanted units that can go only where this one goes: where they cannot, it is better not to go. */
function companyOf(cluster: Cluster, { name }: SchedulableUnit): readonly SchedulableUnit[] {
  const found = new Map<string, SchedulableUnit>();
  const names = [name];
  for (const leader of names) {
    for (const follower of cluster.followersOf(leader)) {
      const unit = cluster.units.get(follower);
      if (follower === name || found.has(follower) || unit === undefined) continue;
      if (unit.desiredState === 'inactive' || unit.placement.global) continue;
      if (!cluster.peersOf(unit).includes(leader)) continue;
      found.set(follower, unit);
      names.push(follower);
    }
  }
  return [...found.values()];
}
