// Decides which unit belongs on which machine. Deterministic: the same cluster and the same changes give
// the same decisions. It looks only at what the changes can have an effect on, and moves nothing else.

import { takeChanges } from './changed.ts';
import type { Cluster, SchedulableUnit } from './cluster.ts';
import type { Changes, Decision } from './decision.ts';
import { placementReason } from './explain.ts';
import { isUnwelcome, misfitOf } from './fit.ts';
import { byLoad, type MachineLoad } from './load.ts';
import { meetingOf } from './meeting.ts';
import { candidatesFor, pickMachine } from './pick.ts';
import { Round, sorted } from './round.ts';

/** Decides, and moves the cluster on to what it decided. */
export function schedule(cluster: Cluster, changes: Changes): readonly Decision[] {
  const round = new Round(cluster);
  takeChanges(round, changes);
  placeGlobals(round);
  placeHomeless(round);
  retryWaiting(round);
  // Whom somebody was placed without, or away from: each pass sends on who has to follow, until none has.
  while (round.parted.size > 0 || round.globals.size > 0) {
    rejoin(round);
    placeGlobals(round);
    placeHomeless(round);
    retryWaiting(round);
  }
  return round.decisions;
}

function placeGlobals(round: Round): void {
  const { cluster } = round;
  const changed = new Set(round.globals);
  round.globals.clear();
  for (const name of sorted(cluster.globals)) {
    const unit = cluster.units.get(name);
    if (unit === undefined || unit.desiredState === 'inactive') continue;
    const machines = changed.has(name) ? cluster.machines.keys() : round.freed;
    for (const id of sorted(machines)) {
      const load = cluster.machines.get(id);
      if (load === undefined || !load.machine.open || load.units.has(name)) continue;
      if (misfitOf(cluster, unit, load) !== undefined || !round.mayCome(unit, load)) continue;
      round.place(unit, load, 'It is global, and the machine fits.');
    }
  }
}

function placeHomeless(round: Round): void {
  // Placing one can make room, or company, for the next: until there is none left.
  while (round.homeless.size > 0) {
    const names = sorted(round.homeless.keys());
    for (const name of names) {
      const cause = round.homeless.get(name) ?? '';
      round.homeless.delete(name);
      const unit = round.cluster.units.get(name);
      if (unit === undefined || unit.desiredState === 'inactive') continue;
      if (unit.placement.global || round.cluster.placed.has(name)) continue;
      settle(round, unit, cause, candidatesFor(round.cluster, unit));
    }
  }
}

/** Units that found no machine look again, but only where something changed. */
function retryWaiting(round: Round): void {
  const { cluster } = round;
  if (round.freed.size === 0) return;
  const freed = cluster.leastLoaded().filter(({ machine }) => round.freed.has(machine.id));
  if (freed.length === 0) return;
  // Of many machines the order is kept by the cluster; nothing fits on those that did not change.
  const candidates = () => (freed.length > 8 ? cluster.leastLoaded() : freed.sort(byLoad));
  for (const name of sorted(cluster.pending)) {
    const unit = cluster.units.get(name);
    if (unit === undefined || !cluster.pending.has(name)) continue;
    settle(round, unit, '', candidates());
  }
  for (const name of sorted(cluster.crowded)) round.uncrowd(name, candidates());
  if (round.homeless.size > 0) placeHomeless(round);
}

/** Units with bonds are looked at again when what they need has been placed. */
function rejoin(round: Round): void {
  const names = sorted(round.parted);
  round.parted.clear();
  for (const name of names) {
    const unit = round.cluster.units.get(name);
    if (unit === undefined) continue;
    for (const id of sorted(round.cluster.placed.get(name)?.keys() ?? [])) {
      const load = round.cluster.machines.get(id);
      if (load !== undefined) round.recheck(unit, load);
    }
  }
}

function settle(
  round: Round,
  unit: SchedulableUnit,
  cause: string,
  candidates: readonly MachineLoad[],
): void {
  if (round.cluster.finished.has(unit.name)) return;
  const load = pickMachine(round.cluster, unit, candidates) ?? fetchPeer(round, unit);
  if (load === undefined) {
    round.cluster.pending.add(unit.name);
    return;
  }
  if (!round.mayCome(unit, load)) {
    round.giveUp(unit);
    round.cluster.pending.add(unit.name);
    return;
  }
  const reason = placementReason(round.cluster, unit, load);
  round.place(unit, load, cause === '' ? reason : `${cause} ${reason}`);
  if (isUnwelcome(round.cluster, unit, load)) round.cluster.crowded.add(unit.name);
  round.pushOut(unit, load);
}

/** Brings what is only loaded to where it can be with the unit that needs it. Returns that machine. */
function fetchPeer(round: Round, unit: SchedulableUnit): MachineLoad | undefined {
  const meeting = meetingOf(round.cluster, unit);
  if (meeting === undefined) return undefined;
  const { peer, from, at, reason } = meeting;
  if (!round.mayCome(peer, at)) return undefined;
  round.remove(peer.name, from.machine.id, reason);
  round.homeless.delete(peer.name);
  round.place(peer, at, reason);
  return at;
}
