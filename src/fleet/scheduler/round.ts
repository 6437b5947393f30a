// One round of decisions: what happens to a unit on a machine, and what follows from that for others. Each step
// moves the cluster on at once, and is noted.

import { compileGlob } from '../glob.ts';
import type { Cluster, SchedulableUnit } from './cluster.ts';
import type { Decision } from './decision.ts';
import { describeMisfit, placementReason, shortId } from './explain.ts';
import { isUnwelcome, misfitOf, mustBeWith } from './fit.ts';
import type { MachineLoad } from './load.ts';
import { pickMachine } from './pick.ts';

/**
 * So many times a unit comes to a machine in one round. What units ask of each other can contradict itself so
 * that no place is right for all: without an end to it the round would have none.
 */
const maxArrivals = 12;

/** After so many it does not leave for another unit's sake or a drain any more; what it must do it still may. */
const maxArrivalsAtWill = 4;

export class Round {
  readonly cluster: Cluster;
  /** Units that need a machine, each with what made them homeless. */
  readonly homeless = new Map<string, string>();
  /** Machines where something became possible. */
  readonly freed = new Set<string>();
  /** Global units that may have to be on more machines. */
  readonly globals = new Set<string>();
  /** Units somewhere else than where what they must be with has come. */
  readonly parted = new Set<string>();
  /** How often units came to a machine. */
  readonly #arrivals = new Map<string, number>();
  /** Units of which it has been said that they stay for having been moved too often. */
  readonly #restless = new Set<string>();
  /** By machine and unit: a later decision about the same entry takes the place of an earlier one. */
  readonly #decisions = new Map<string, Decision>();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  get decisions(): readonly Decision[] {
    return [...this.#decisions.values()];
  }

  /** Puts a unit on a machine, or tells the entry that it has there how it is now. */
  place(unit: SchedulableUnit, load: MachineLoad, why: string, tried: readonly string[] = []): void {
    const { name, hash, desiredState, held } = unit;
    const reason = held === undefined ? why : `${why} ${held}`;
    if (desiredState === 'inactive') return;
    const machine = load.machine.id;
    if (!load.units.has(name)) {
      const key = arrivalKey(unit, load);
      this.#arrivals.set(key, (this.#arrivals.get(key) ?? 0) + 1);
    }
    this.cluster.pending.delete(name);
    const own = tried.length === 0 ? {} : { tried };
    this.cluster.place(name, machine, { hash, targetState: desiredState, ...own });
    // A global unit is to run on many machines at once: there is no other place to wait for.
    const after = unit.placement.global ? [] : this.cluster.leftBy(name, machine);
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
    for (const follower of this.cluster.followersOf(name)) {
      const following = this.cluster.units.get(follower);
      if (following === undefined || following.desiredState === 'inactive') continue;
      if (this.cluster.pending.has(follower)) this.homeless.set(follower, '');
      else if (following.placement.global && !load.units.has(follower)) this.globals.add(follower);
      if (following.placement.bonds !== undefined) this.parted.add(follower);
    }
  }

  /** Whether a unit may come to a machine once more in this round. */
  mayCome(unit: SchedulableUnit, load: MachineLoad): boolean {
    return (this.#arrivals.get(arrivalKey(unit, load)) ?? 0) < maxArrivals;
  }

  /** A unit that was moved too often waits until something changes: where it left tells so. */
  giveUp({ name }: SchedulableUnit): void {
    for (const [key, decision] of this.#decisions) {
      if (decision.unit !== name || decision.kind !== 'remove' || decision.reason.includes(tooOften))
        continue;
      this.#decisions.set(key, { ...decision, reason: `${decision.reason} ${tooOften} It waits.` });
    }
  }

  /** Takes a unit off a machine. Those that must be with it leave, too. */
  remove(name: string, machine: string, reason: string): void {
    const { cluster } = this;
    cluster.unplace(name, machine);
    this.#note({ kind: 'remove', unit: name, machine, reason });
    const load = cluster.machines.get(machine);
    if (load !== undefined) {
      this.freed.add(machine);
      cluster.leaves(name, machine);
    }
    const unit = cluster.units.get(name);
    if (unit !== undefined && unit.desiredState !== 'inactive' && !unit.placement.global) {
      this.homeless.set(name, reason);
    }
    for (const follower of cluster.followersOf(name)) {
      const following = cluster.units.get(follower);
      if (load === undefined || following === undefined || !load.units.has(follower)) continue;
      if (this.recheck(following, load) && load.machine.drain !== undefined) this.drain(following, load);
    }
  }

  /** Whether a unit may stay where it is; if not it is removed. A closed machine keeps what it has. */
  recheck(unit: SchedulableUnit, load: MachineLoad): boolean {
    if (!load.machine.open) return true;
    const misfit = misfitOf(this.cluster, unit, load);
    if (misfit === undefined) return true;
    this.remove(unit.name, load.machine.id, describeMisfit(this.cluster, unit, load, misfit));
    return false;
  }

  /** A unit leaves a drained machine when another takes it; it stays with peers that it must be with. */
  drain(unit: SchedulableUnit, load: MachineLoad): void {
    const { name } = unit;
    if (!load.units.has(name) || this.cluster.peersOf(unit).some((peer) => load.units.has(peer))) return;
    this.cluster.crowded.add(name);
    this.uncrowd(name, this.cluster.leastLoaded());
    if (!this.cluster.crowded.has(name) || load.machine.drain?.force !== true) return;
    this.cluster.crowded.delete(name);
    this.remove(name, load.machine.id, describeMisfit(this.cluster, unit, load, 'drain'));
  }

  /** Brings the entry of a unit that stays up to date with its content and desired state. */
  renew(unit: SchedulableUnit, load: MachineLoad): void {
    const before = this.cluster.placed.get(unit.name)?.get(load.machine.id);
    if (before?.hash !== unit.hash || before.targetState !== unit.desiredState) {
      this.place(unit, load, 'It was there already.');
    }
    this.pushOut(unit, load);
  }

  /** A unit with Replaces came, or changed: those it replaces leave, if there is anywhere to go. */
  pushOut(unit: SchedulableUnit, load: MachineLoad): void {
    for (const pattern of unit.placement.replaces) {
      const matches = compileGlob(pattern);
      for (const name of sorted(load.units)) {
        // Who must be with what it replaces would only follow it.
        if (name === unit.name || !matches(name) || mustBeWith(this.cluster, unit, name)) continue;
        this.cluster.crowded.add(name);
        this.uncrowd(name, this.cluster.leastLoaded());
      }
    }
  }

  /** Moves a unit away from the machine that it is to leave, if one of the candidates takes it. */
  uncrowd(name: string, candidates: readonly MachineLoad[]): void {
    const { cluster } = this;
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
    const target = pickMachine(cluster, unit, candidates, new Set([load.machine.id]));
    // One that is done has nothing to run elsewhere.
    const isDone = cluster.finished.has(name);
    if (target === undefined && !isDone) return;
    if (!isDone && (this.#arrivals.get(arrivalKey(unit, load)) ?? 0) >= maxArrivalsAtWill) {
      this.#stay(unit, load);
      return;
    }
    cluster.crowded.delete(name);
    const drained = load.machine.drain !== undefined;
    const reason = drained
      ? describeMisfit(cluster, unit, load, 'drain')
      : `A unit on ${shortId(load.machine.id)} replaces it.`;
    this.remove(name, load.machine.id, reason);
    this.homeless.delete(name);
    if (target !== undefined && !isDone)
      this.place(unit, target, `${reason} ${placementReason(cluster, unit, target)}`);
  }

  /** A unit that was moved too often stays where it is not welcome, and its entry says so, once. */
  #stay(unit: SchedulableUnit, load: MachineLoad): void {
    if (this.#restless.has(unit.name)) return;
    this.#restless.add(unit.name);
    const tried = this.cluster.placed.get(unit.name)?.get(load.machine.id)?.tried;
    this.place(unit, load, `${tooOften} It stays.`, tried);
  }

  #note(decision: Decision): void {
    const key = `${decision.machine}/${decision.unit}`;
    this.#decisions.delete(key);
    this.#decisions.set(key, decision);
  }
}

const tooOften = 'It was moved too often at once: what units ask of each other contradicts itself.';

/** A global unit comes to each machine for itself. */
function arrivalKey({ name, placement }: SchedulableUnit, load: MachineLoad): string {
  return placement.global ? `${name}/${load.machine.id}` : name;
}

/** In the order in which everything is looked at, so that the same changes give the same decisions. */
export function sorted(names: Iterable<string>): string[] {
  return [...names].sort();
}
