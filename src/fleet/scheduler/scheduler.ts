// Decides which unit belongs on which machine. Deterministic: the same cluster and the same changes give
// the same decisions. It looks only at what the changes can have an effect on, and moves nothing else.

import { compileGlob } from '../glob.ts';
import type { Cluster, SchedulableUnit } from './cluster.ts';
import { type Changes, type Decision, type Failing, isSingleton } from './decision.ts';
import { describeMisfit, placementReason, shortId } from './explain.ts';
import { isUnwelcome, misfitOf } from './fit.ts';
import { byLoad, type MachineLoad } from './load.ts';
import { meetingOf } from './meeting.ts';
import { candidatesFor, pickMachine } from './pick.ts';

/** Decides, and moves the cluster on to what it decided. */
export function schedule(cluster: Cluster, changes: Changes): readonly Decision[] {
  return new Round(cluster).run(changes);
}

/** So many machines are remembered on which a unit failed. */
const maxTried = 64;

class Round {
  readonly #cluster: Cluster;
  /** By machine and unit: a later decision about the same entry takes the place of an earlier one. */
  readonly #decisions = new Map<string, Decision>();
  /** Units that need a machine, each with what made them homeless. */
  readonly #homeless = new Map<string, string>();
  /** Machines where something became possible. */
  readonly #freed = new Set<string>();
  readonly #globals = new Set<string>();
  /** Units somewhere else than where what they must be with has come. */
  readonly #parted = new Set<string>();
  /** Units whose followers have been told that it changed. */
  readonly #told = new Set<string>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  run(changes: Changes): readonly Decision[] {
    for (const id of sorted(changes.lost.keys())) {
      this.#evacuate(id, changes.lost.get(id) ?? 'is gone', changes.stopping?.has(id) === true);
    }
    for (const name of sorted(changes.units)) this.#changedUnit(name);
    for (const id of sorted(changes.machines)) this.#changedMachine(id);
    for (const [name, failing] of changes.failing ?? []) this.#tryElsewhere(name, failing);
    this.#placeGlobals();
    this.#placeHomeless();
    this.#retryWaiting();
    // Whom somebody was placed without, or away from: each pass sends on who has to follow, until none has.
    while (this.#parted.size > 0 || this.#globals.size > 0) {
      this.#rejoin();
      this.#placeGlobals();
      this.#placeHomeless();
      this.#retryWaiting();
    }
    return [...this.#decisions.values()];
  }

  #evacuate(id: string, why: string, isStopping: boolean): void {
    const stays = (name: string) => isStopping && isSingleton(this.#cluster.units.get(name));
    const { machine, units: all = [] } = this.#cluster.machines.get(id) ?? {};
    const units = sorted(all).filter((name) => !stays(name));
    // Closed, it takes nothing, and what it has counts where it is.
    if (isStopping && machine !== undefined) this.#cluster.setMachine({ ...machine, open: false });
    else this.#cluster.removeMachine(id);
    for (const name of units) this.#remove(name, id, `Machine ${shortId(id)} ${why}.`);
  }

  #changedUnit(name: string): void {
    const cluster = this.#cluster;
    this.#tellFollowers(name);
    const unit = cluster.units.get(name);
    const machines = sorted(cluster.placed.get(name)?.keys() ?? []);
    if (unit === undefined || unit.desiredState === 'inactive') {
      cluster.pending.delete(name);
      cluster.crowded.delete(name);
      const reason = unit === undefined ? 'The unit was destroyed.' : 'Its desired state is inactive.';
      for (const machine of machines) this.#remove(name, machine, reason);
      this.#homeless.delete(name);
      return;
    }
    let kept = 0;
    for (const id of machines) {
      const load = cluster.machines.get(id);
      if (load === undefined) continue;
      if (!unit.placement.global && kept > 0) this.#remove(name, id, 'It is not global any more.');
      else if (this.#recheck(unit, load)) {
        kept++;
        // It may have been in somebody's way until now.
        this.#freed.add(id);
        this.#renew(unit, load);
        if (load.machine.drain !== undefined && !unit.placement.global) this.#drain(unit, load);
      }
    }
    if (unit.placement.global) {
      cluster.pending.delete(name);
      this.#homeless.delete(name);
      this.#globals.add(name);
    } else if (kept === 0 && !this.#homeless.has(name) && !cluster.placed.has(name)) {
      this.#homeless.set(name, '');
    }
  }

  /** Who needs a unit that came, changed or went may have to be elsewhere now, and so those who need them. */
  #tellFollowers(name: string): void {
    const leaders = [name];
    for (const leader of leaders) {
      if (this.#told.has(leader)) continue;
      this.#told.add(leader);
      for (const follower of this.#cluster.followers.get(leader) ?? []) {
        const unit = this.#cluster.units.get(follower);
        leaders.push(follower);
        if (unit?.placement.bonds === undefined) continue;
        if (this.#cluster.pending.has(follower)) this.#homeless.set(follower, '');
        if (unit.placement.global) this.#globals.add(follower);
        this.#parted.add(follower);
      }
    }
  }

  #changedMachine(id: string): void {
    const load = this.#cluster.machines.get(id);
    if (load === undefined) return;
    for (const name of sorted(load.units)) {
      const unit = this.#cluster.units.get(name);
      if (unit === undefined) this.#remove(name, id, 'The unit was destroyed.');
      else if (this.#recheck(unit, load) && load.machine.drain !== undefined) this.#drain(unit, load);
    }
    this.#freed.add(id);
  }

  /** A unit leaves a drained machine when another takes it; it stays with peers that it must be with. */
  #drain(unit: SchedulableUnit, load: MachineLoad): void {
    const { name } = unit;
    if (!load.units.has(name) || this.#cluster.peersOf(unit).some((peer) => load.units.has(peer))) return;
    this.#cluster.crowded.add(name);
    this.#uncrowd(name, this.#cluster.leastLoaded());
    if (!this.#cluster.crowded.has(name) || load.machine.drain?.force !== true) return;
    this.#cluster.crowded.delete(name);
    this.#remove(name, load.machine.id, describeMisfit(this.#cluster, unit, load, 'drain'));
  }

  /**
   * A unit that failed too often goes to a machine that fits and where it did not fail yet. When there is none
   * it stays, and says so; its own machine is among the tried then, so that this is said once.
   */
  #tryElsewhere(name: string, { machine, failures }: Failing): void {
    const cluster = this.#cluster;
    const unit = cluster.units.get(name);
    const load = cluster.machines.get(machine);
    const placed = cluster.placed.get(name)?.get(machine);
    if (unit === undefined || load === undefined || placed === undefined || unit.placement.global) return;
    const { tried = [] } = placed;
    if (tried.includes(machine) || !load.machine.open || unit.desiredState !== 'launched') return;
    const all = [...tried, machine].slice(-maxTried);
    const target = pickMachine(this.#cluster, unit, candidatesFor(this.#cluster, unit), new Set(all));
    const often = `It failed ${failures} ${failures === 1 ? 'time' : 'times'} on ${shortId(machine)}`;
    if (target === undefined) {
      const others = tried.map(shortId).join(', ');
      const before = others === '' ? 'no other machine fits' : `no machine is left after ${others}`;
      this.#place(unit, load, `${often}, and ${before}: it stays.`, all);
      return;
    }
    this.#remove(name, machine, `${often}.`);
    this.#homeless.delete(name);
    this.#place(unit, target, `${often}. ${placementReason(cluster, unit, target)}`, all);
  }

  /** Whether a unit may stay where it is; if not it is removed. A closed machine keeps what it has. */
  #recheck(unit: SchedulableUnit, load: MachineLoad): boolean {
    if (!load.machine.open) return true;
    const misfit = misfitOf(this.#cluster, unit, load);
    if (misfit === undefined) return true;
    this.#remove(unit.name, load.machine.id, describeMisfit(this.#cluster, unit, load, misfit));
    return false;
  }

  /** Brings the entry of a unit that stays up to date with its content and desired state. */
  #renew(unit: SchedulableUnit, load: MachineLoad): void {
    const before = this.#cluster.placed.get(unit.name)?.get(load.machine.id);
    if (before?.hash !== unit.hash || before.targetState !== unit.desiredState) {
      this.#place(unit, load, 'It was there already.');
    }
    this.#pushOut(unit, load);
  }

  #place(unit: SchedulableUnit, load: MachineLoad, why: string, tried: readonly string[] = []): void {
    const { name, hash, desiredState, held } = unit;
    const reason = held === undefined ? why : `${why} ${held}`;
    if (desiredState === 'inactive') return;
    const machine = load.machine.id;
    this.#cluster.pending.delete(name);
    const own = tried.length === 0 ? {} : { tried };
    this.#cluster.place(name, machine, { hash, targetState: desiredState, ...own });
    // A global unit is to run on many machines at once: there is no other place to wait for.
    const after = unit.placement.global ? [] : this.#cluster.leftBy(name, machine);
    this.#note({
      kind: 'place',
      unit: name,
      machine,
      hash,
      targetState: desiredState,
      reason,
      after,
      ...own,
    });
    for (const follower of this.#cluster.followersOf(name)) {
      const following = this.#cluster.units.get(follower);
      if (following === undefined || following.desiredState === 'inactive') continue;
      if (this.#cluster.pending.has(follower)) this.#homeless.set(follower, '');
      else if (following.placement.global && !load.units.has(follower)) this.#globals.add(follower);
      if (following.placement.bonds !== undefined) this.#parted.add(follower);
    }
  }

  /** Units with bonds are looked at again when what they need has been placed. */
  #rejoin(): void {
    const names = sorted(this.#parted);
    this.#parted.clear();
    for (const name of names) {
      const unit = this.#cluster.units.get(name);
      if (unit === undefined) continue;
      for (const id of sorted(this.#cluster.placed.get(name)?.keys() ?? [])) {
        const load = this.#cluster.machines.get(id);
        if (load !== undefined) this.#recheck(unit, load);
      }
    }
  }

  #remove(name: string, machine: string, reason: string): void {
    const cluster = this.#cluster;
    cluster.unplace(name, machine);
    this.#note({ kind: 'remove', unit: name, machine, reason });
    const load = cluster.machines.get(machine);
    if (load !== undefined) {
      this.#freed.add(machine);
      cluster.leaves(name, machine);
    }
    const unit = cluster.units.get(name);
    if (unit !== undefined && unit.desiredState !== 'inactive' && !unit.placement.global) {
      this.#homeless.set(name, reason);
    }
    for (const follower of cluster.followersOf(name)) {
      const following = cluster.units.get(follower);
      if (load === undefined || following === undefined || !load.units.has(follower)) continue;
      if (this.#recheck(following, load) && load.machine.drain !== undefined) this.#drain(following, load);
    }
  }

  #note(decision: Decision): void {
    const key = `${decision.machine}/${decision.unit}`;
    this.#decisions.delete(key);
    this.#decisions.set(key, decision);
  }

  #placeGlobals(): void {
    const cluster = this.#cluster;
    const changed = new Set(this.#globals);
    this.#globals.clear();
    for (const name of sorted(cluster.globals)) {
      const unit = cluster.units.get(name);
      if (unit === undefined || unit.desiredState === 'inactive') continue;
      const machines = changed.has(name) ? cluster.machines.keys() : this.#freed;
      for (const id of sorted(machines)) {
        const load = cluster.machines.get(id);
        if (load === undefined || !load.machine.open || load.units.has(name)) continue;
        if (misfitOf(cluster, unit, load) !== undefined) continue;
        this.#place(unit, load, 'It is global, and the machine fits.');
      }
    }
  }

  #placeHomeless(): void {
    // Placing one can make room, or company, for the next: until there is none left.
    while (this.#homeless.size > 0) {
      const names = sorted(this.#homeless.keys());
      for (const name of names) {
        const cause = this.#homeless.get(name) ?? '';
        this.#homeless.delete(name);
        const unit = this.#cluster.units.get(name);
        if (unit === undefined || unit.desiredState === 'inactive') continue;
        if (unit.placement.global || this.#cluster.placed.has(name)) continue;
        this.#settle(unit, cause, candidatesFor(this.#cluster, unit));
      }
    }
  }

  /** Units that found no machine look again, but only where something changed. */
  #retryWaiting(): void {
    const cluster = this.#cluster;
    if (this.#freed.size === 0) return;
    const freed = cluster.leastLoaded().filter(({ machine }) => this.#freed.has(machine.id));
    if (freed.length === 0) return;
    // Of many machines the order is kept by the cluster; nothing fits on those that did not change.
    const candidates = () => (freed.length > 8 ? cluster.leastLoaded() : freed.sort(byLoad));
    for (const name of sorted(cluster.pending)) {
      const unit = cluster.units.get(name);
      if (unit === undefined || !cluster.pending.has(name)) continue;
      this.#settle(unit, '', candidates());
    }
    for (const name of sorted(cluster.crowded)) this.#uncrowd(name, candidates());
    if (this.#homeless.size > 0) this.#placeHomeless();
  }

  #settle(unit: SchedulableUnit, cause: string, candidates: readonly MachineLoad[]): void {
    if (this.#cluster.finished.has(unit.name)) return;
    const load = pickMachine(this.#cluster, unit, candidates) ?? this.#fetchPeer(unit);
    if (load === undefined) {
      this.#cluster.pending.add(unit.name);
      return;
    }
    const reason = placementReason(this.#cluster, unit, load);
    this.#place(unit, load, cause === '' ? reason : `${cause} ${reason}`);
    if (isUnwelcome(this.#cluster, unit, load)) this.#cluster.crowded.add(unit.name);
    this.#pushOut(unit, load);
  }

  /** Brings what is only loaded to where it can be with the unit that needs it. Returns that machine. */
  #fetchPeer(unit: SchedulableUnit): MachineLoad | undefined {
    const meeting = meetingOf(this.#cluster, unit);
    if (meeting === undefined) return undefined;
    const { peer, from, at, reason } = meeting;
    this.#remove(peer.name, from.machine.id, reason);
    this.#homeless.delete(peer.name);
    this.#place(peer, at, reason);
    return at;
  }

  /** A unit with Replaces came, or changed: those it replaces leave, if there is anywhere to go. */
  #pushOut(unit: SchedulableUnit, load: MachineLoad): void {
    for (const pattern of unit.placement.replaces) {
      const matches = compileGlob(pattern);
      for (const name of sorted(load.units)) {
        if (name === unit.name || !matches(name)) continue;
        this.#cluster.crowded.add(name);
        this.#uncrowd(name, this.#cluster.leastLoaded());
      }
    }
  }

  #uncrowd(name: string, candidates: readonly MachineLoad[]): void {
    const cluster = this.#cluster;
    const unit = cluster.units.get(name);
    const id = cluster.placed.get(name)?.keys().next().value;
    const load = id === undefined ? undefined : cluster.machines.get(id);
    if (
      unit === undefined ||
      load === undefined ||
      unit.placement.global ||
      !isUnwelcome(cluster, unit, load)
    ) {
      cluster.crowded.delete(name);
      return;
    }
    if (!load.machine.open) return;
    const target = pickMachine(this.#cluster, unit, candidates, new Set([load.machine.id]));
    // One that is done has nothing to run elsewhere.
    const isDone = cluster.finished.has(name);
    if (target === undefined && !isDone) return;
    cluster.crowded.delete(name);
    const drained = load.machine.drain !== undefined;
    const reason = drained
      ? describeMisfit(cluster, unit, load, 'drain')
      : `A unit on ${shortId(load.machine.id)} replaces it.`;
    this.#remove(name, load.machine.id, reason);
    this.#homeless.delete(name);
    if (target !== undefined && !isDone)
      this.#place(unit, target, `${reason} ${placementReason(cluster, unit, target)}`);
  }
}

function sorted(names: Iterable<string>): string[] {
  return [...names].sort();
}
