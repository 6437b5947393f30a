// What changed, and what that means for the units and machines themselves. Who has to go somewhere is left to
// the passes that come after.

import { type Changes, type Failing, isSingleton } from './decision.ts';
import { placementReason, shortId } from './explain.ts';
import { candidatesFor, pickMachine } from './pick.ts';
import { type Round, sorted } from './round.ts';

/** So many machines are remembered on which a unit failed. */
const maxTried = 64;

/** Takes all changes into the round: the lost first, so that nobody is sent to them. */
export function takeChanges(round: Round, changes: Changes): void {
  for (const id of sorted(changes.lost.keys())) {
    evacuate(round, id, changes.lost.get(id) ?? 'is gone', changes.stopping?.has(id) === true);
  }
  /** Units whose followers have been told that it changed. */
  const told = new Set<string>();
  for (const name of sorted(changes.units)) changedUnit(round, name, told);
  for (const id of sorted(changes.machines)) changedMachine(round, id);
  for (const [name, failing] of changes.failing ?? []) tryElsewhere(round, name, failing);
}

function evacuate(round: Round, id: string, why: string, isStopping: boolean): void {
  const stays = (name: string) => isStopping && isSingleton(round.cluster.units.get(name));
  const { machine, units: all = [] } = round.cluster.machines.get(id) ?? {};
  const units = sorted(all).filter((name) => !stays(name));
  // Closed, it takes nothing, and what it has counts where it is.
  if (isStopping && machine !== undefined) round.cluster.setMachine({ ...machine, open: false });
  else round.cluster.removeMachine(id);
  for (const name of units) round.remove(name, id, `Machine ${shortId(id)} ${why}.`);
}

function changedUnit(round: Round, name: string, told: Set<string>): void {
  const { cluster } = round;
  tellFollowers(round, name, told);
  const unit = cluster.units.get(name);
  const machines = sorted(cluster.placed.get(name)?.keys() ?? []);
  if (unit === undefined || unit.desiredState === 'inactive') {
    cluster.pending.delete(name);
    cluster.crowded.delete(name);
    const reason = unit === undefined ? 'The unit was destroyed.' : 'Its desired state is inactive.';
    for (const machine of machines) round.remove(name, machine, reason);
    round.homeless.delete(name);
    return;
  }
  let kept = 0;
  for (const id of machines) {
    const load = cluster.machines.get(id);
    if (load === undefined) continue;
    if (!unit.placement.global && kept > 0) round.remove(name, id, 'It is not global any more.');
    else if (round.recheck(unit, load)) {
      kept++;
      // It may have been in somebody's way until now.
      round.freed.add(id);
      round.renew(unit, load);
      if (load.machine.drain !== undefined && !unit.placement.global) round.drain(unit, load);
    }
  }
  if (unit.placement.global) {
    cluster.pending.delete(name);
    round.homeless.delete(name);
    round.globals.add(name);
  } else if (kept === 0 && !round.homeless.has(name) && !cluster.placed.has(name)) {
    round.homeless.set(name, '');
  }
}

/** Who needs a unit that came, changed or went may have to be elsewhere now, and so those who need them. */
function tellFollowers(round: Round, name: string, told: Set<string>): void {
  const leaders = [name];
  for (const leader of leaders) {
    if (told.has(leader)) continue;
    told.add(leader);
    for (const follower of round.cluster.followers.get(leader) ?? []) {
      const unit = round.cluster.units.get(follower);
      leaders.push(follower);
      if (unit?.placement.bonds === undefined) continue;
      if (round.cluster.pending.has(follower)) round.homeless.set(follower, '');
      if (unit.placement.global) round.globals.add(follower);
      round.parted.add(follower);
    }
  }
}

function changedMachine(round: Round, id: string): void {
  const load = round.cluster.machines.get(id);
  if (load === undefined) return;
  for (const name of sorted(load.units)) {
    const unit = round.cluster.units.get(name);
    if (unit === undefined) round.remove(name, id, 'The unit was destroyed.');
    else if (round.recheck(unit, load) && load.machine.drain !== undefined) round.drain(unit, load);
  }
  round.freed.add(id);
}

/**
 * A unit that failed too often goes to a machine that fits and where it did not fail yet. When there is none
 * it stays, and says so; its own machine is among the tried then, so that this is said once.
 */
function tryElsewhere(round: Round, name: string, { machine, failures }: Failing): void {
  const { cluster } = round;
  const unit = cluster.units.get(name);
  const load = cluster.machines.get(machine);
  const placed = cluster.placed.get(name)?.get(machine);
  if (unit === undefined || load === undefined || placed === undefined || unit.placement.global) return;
  const { tried = [] } = placed;
  if (tried.includes(machine) || !load.machine.open || unit.desiredState !== 'launched') return;
  const all = [...tried, machine].slice(-maxTried);
  const target = pickMachine(cluster, unit, candidatesFor(cluster, unit), new Set(all));
  const often = `It failed ${failures} ${failures === 1 ? 'time' : 'times'} on ${shortId(machine)}`;
  if (target === undefined) {
    const others = tried.map(shortId).join(', ');
    const before = others === '' ? 'no other machine fits' : `no machine is left after ${others}`;
    round.place(unit, load, `${often}, and ${before}: it stays.`, all);
    return;
  }
  round.remove(name, machine, `${often}.`);
  round.homeless.delete(name);
  round.place(unit, target, `${often}. ${placementReason(cluster, unit, target)}`, all);
}
