// Decides which unit belongs on which machine. Deterministic: the same cluster and the same changes give
// the same decisions. It looks only at what the changes can have an effect on, and moves nothing else.

import { compileGlob } from '../glob.ts';
import type { TargetState } from '../model.ts';
import type { Cluster, SchedulableUnit } from './cluster.ts';
import { describeMisfit, placementReason, shortId } from './explain.ts';
import { couldFollow, isUnwelcome, misfitOf } from './fit.ts';
import { byLoad, type MachineLoad } from './load.ts';
import type { Move } from './rebalance.ts';
import { Spread } from './spread.ts';

export type Decision =
  | {
      readonly kind: 'place';
      readonly unit: string;
      readonly machine: string;
      readonly hash: string;
      readonly targetState: Exclude<TargetState, 'inactive'>;
      readonly reason: string;
      /** Machines that have to have stopped it before. */
      readonly after: readonly string[];
      /** Machines on which it failed too often. */
      readonly tried?: readonly string[];
      /** Of a unit that must not run twice; see `Assignment`. */
      readonly stopWithinMs?: number;
    }
  | { readonly kind: 'remove'; readonly unit: string; readonly machine: string; readonly reason: string };

/** What changed since the last decision; the cluster already says how it is now. */
export interface Changes {
  /** Units that are new, changed, or gone. */
  readonly units: ReadonlySet<string>;
  /** Machines that are new, changed, or open again. */
  readonly machines: ReadonlySet<string>;
  /** Machines to give up, each with why, as half a sentence ("went away"). */
  readonly lost: ReadonlyMap<string, string>;
  /** Of those the machines that may still be stopping units that must not run twice: these stay for now. */
  readonly stopping?: ReadonlySet<string>;
  /** Units that failed often enough to be tried elsewhere: how often, and where. */
  readonly failing?: ReadonlyMap<string, Failing>;
}

export interface Failing {
  readonly machine: string;
  readonly failures: number;
}

/** Decides, and moves the cluster on to what it decided. */
export function schedule(cluster: Cluster, changes: Changes): readonly Decision[] {
  return new Round(cluster).run(changes);
}

/** A move that the cluster has made already, as decisions. */
export function moveDecisions(cluster: Cluster, { unit, from, to, reason }: Move): readonly Decision[] {
  const placed = cluster.placed.get(unit)?.get(to);
  if (placed === undefined || placed.targetState === 'inactive') return [];
  cluster.leaves(unit, from);
  const { hash, targetState } = placed;
  const after = cluster.leftBy(unit, to);
  return [
    { kind: 'remove', unit, machine: from, reason },
    { kind: 'place', unit, machine: to, hash, targetState, reason, after },
  ];
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
    const target = this.#pick(unit, this.#candidates(unit), new Set(all));
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
        this.#settle(unit, cause, this.#candidates(unit));
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
    const load = this.#pick(unit, candidates) ?? this.#fetchPeer(unit);
    if (load === undefined) {
      this.#cluster.pending.add(unit.name);
      return;
    }
    const reason = placementReason(this.#cluster, unit, load);
    this.#place(unit, load, cause === '' ? reason : `${cause} ${reason}`);
    if (isUnwelcome(this.#cluster, unit, load)) this.#cluster.crowded.add(unit.name);
    this.#pushOut(unit, load);
  }

  /**
   * What is only loaded, as a timer's service is, comes to the unit that needs it where the unit cannot go
   * to it. Returns the machine on which they can be together.
   */
  #fetchPeer(unit: SchedulableUnit): MachineLoad | undefined {
    const cluster = this.#cluster;
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
    const target = cluster
      .leastLoaded()
      .find((load) => load !== from && this.#fitTogether(peer, unit, from, load));
    if (target === undefined) return undefined;
    const reason = `${unit.name}, which needs it, can be on ${shortId(target.machine.id)} and not on ${shortId(id)}.`;
    this.#remove(name, id, reason);
    this.#homeless.delete(name);
    this.#place(peer, target, reason);
    return target;
  }

  /** Whether both may be on a machine, tried: one may take the room that the other needs. */
  #fitTogether(peer: SchedulableUnit, unit: SchedulableUnit, from: MachineLoad, load: MachineLoad): boolean {
    const cluster = this.#cluster;
    const placed = cluster.placed.get(peer.name)?.get(from.machine.id);
    if (placed === undefined || misfitOf(cluster, peer, load) !== undefined) return false;
    cluster.unplace(peer.name, from.machine.id);
    cluster.place(peer.name, load.machine.id, placed);
    const fits = misfitOf(cluster, unit, load) === undefined && !isUnwelcome(cluster, unit, load);
    cluster.unplace(peer.name, load.machine.id);
    cluster.place(peer.name, from.machine.id, placed);
    return fits;
  }

  /** Machines to look at, in order: least loaded first. A unit with peers looks only where they are. */
  #candidates(unit: SchedulableUnit): readonly MachineLoad[] {
    const [peer] = this.#cluster.peersOf(unit);
    if (peer !== undefined) return this.#machinesOf([peer]);
    // What comes back goes to those that stayed where they were and need it: then none of them has to move.
    const followers = this.#cluster.followersOf(unit.name);
    if (followers.length === 0) return this.#cluster.leastLoaded();
    const waiting = this.#machinesOf(followers);
    return waiting.length === 0
      ? this.#cluster.leastLoaded()
      : [...new Set([...waiting, ...this.#cluster.leastLoaded()])];
  }

  #machinesOf(names: Iterable<string>): MachineLoad[] {
    const machines = new Set(
      [...names].flatMap((name) => [...(this.#cluster.placed.get(name)?.keys() ?? [])]),
    );
    return [...machines].flatMap((id) => this.#cluster.machines.get(id) ?? []).sort(byLoad);
  }

  #pick(
    unit: SchedulableUnit,
    candidates: readonly MachineLoad[],
    except?: ReadonlySet<string>,
  ): MachineLoad | undefined {
    const spread = Spread.of(this.#cluster, unit);
    const company = this.#company(unit);
    let second: MachineLoad | undefined;
    let third: MachineLoad | undefined;
    for (const load of candidates) {
      if (except?.has(load.machine.id) === true || misfitOf(this.#cluster, unit, load) !== undefined)
        continue;
      if (isUnwelcome(this.#cluster, unit, load)) third ??= load;
      else if (company.some((other) => !couldFollow(this.#cluster, other, load))) second ??= load;
      else if (spread === undefined) return load;
      else spread.consider(load);
    }
    return spread?.best ?? second ?? (except === undefined ? third : undefined);
  }

  /** Wanted units that can go only where this one goes: where they cannot, it is better not to go. */
  #company({ name }: SchedulableUnit): readonly SchedulableUnit[] {
    const found = new Map<string, SchedulableUnit>();
    const names = [name];
    for (const leader of names) {
      for (const follower of this.#cluster.followersOf(leader)) {
        const unit = this.#cluster.units.get(follower);
        if (follower === name || found.has(follower) || unit === undefined) continue;
        if (unit.desiredState === 'inactive' || unit.placement.global) continue;
        if (!this.#cluster.peersOf(unit).includes(leader)) continue;
        found.set(follower, unit);
        names.push(follower);
      }
    }
    return [...found.values()];
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
    const target = this.#pick(unit, candidates, new Set([load.machine.id]));
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

/** Whether a unit must not run twice, whatever that costs. */
export function isSingleton(unit: SchedulableUnit | undefined): boolean {
  return unit?.placement.whenCutOff === 'stop';
}

function sorted(names: Iterable<string>): string[] {
  return [...names].sort();
}
