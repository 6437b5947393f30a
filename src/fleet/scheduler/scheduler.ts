// Decides which unit belongs on which machine. Deterministic: the same cluster and the same changes give
// the same decisions. It looks only at what the changes can have an effect on, and moves nothing else.

import { compileGlob } from '../glob.ts';
import type { TargetState } from '../model.ts';
import type { Cluster, SchedulableUnit } from './cluster.ts';
import { describeMisfit, placementReason, shortId } from './explain.ts';
import { isUnwelcome, misfitOf } from './fit.ts';
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

class Round {
  readonly #cluster: Cluster;
  /** By machine and unit: a later decision about the same entry takes the place of an earlier one. */
  readonly #decisions = new Map<string, Decision>();
  /** Units that need a machine, each with what made them homeless. */
  readonly #homeless = new Map<string, string>();
  /** Machines where something became possible. */
  readonly #freed = new Set<string>();
  readonly #globals = new Set<string>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  run(changes: Changes): readonly Decision[] {
    for (const id of sorted(changes.lost.keys())) this.#evacuate(id, changes.lost.get(id) ?? 'is gone');
    for (const name of sorted(changes.units)) this.#changedUnit(name);
    for (const id of sorted(changes.machines)) this.#changedMachine(id);
    this.#placeGlobals();
    this.#placeHomeless();
    this.#retryWaiting();
    return [...this.#decisions.values()];
  }

  #evacuate(id: string, why: string): void {
    const units = sorted(this.#cluster.machines.get(id)?.units ?? []);
    this.#cluster.removeMachine(id);
    for (const name of units) this.#remove(name, id, `Machine ${shortId(id)} ${why}.`);
  }

  #changedUnit(name: string): void {
    const cluster = this.#cluster;
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
    const { name, placement } = unit;
    if (!load.units.has(name) || placement.machineOf.some((peer) => load.units.has(peer))) return;
    this.#cluster.crowded.add(name);
    this.#uncrowd(name, this.#cluster.leastLoaded());
    if (!this.#cluster.crowded.has(name) || load.machine.drain?.force !== true) return;
    this.#cluster.crowded.delete(name);
    this.#remove(name, load.machine.id, describeMisfit(this.#cluster, unit, load, 'drain'));
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

  #place(unit: SchedulableUnit, load: MachineLoad, reason: string): void {
    const { name, hash, desiredState } = unit;
    if (desiredState === 'inactive') return;
    const machine = load.machine.id;
    this.#cluster.pending.delete(name);
    this.#cluster.place(name, machine, { hash, targetState: desiredState });
    const after = this.#cluster.leftBy(name, machine);
    this.#note({ kind: 'place', unit: name, machine, hash, targetState: desiredState, reason, after });
    for (const follower of sorted(this.#cluster.followers.get(name) ?? [])) {
      if (this.#cluster.pending.has(follower)) this.#homeless.set(follower, '');
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
    for (const follower of sorted(cluster.followers.get(name) ?? [])) {
      const following = cluster.units.get(follower);
      if (load === undefined || following === undefined || !load.units.has(follower)) continue;
      this.#recheck(following, load);
    }
  }

  #note(decision: Decision): void {
    const key = `${decision.machine}/${decision.unit}`;
    this.#decisions.delete(key);
    this.#decisions.set(key, decision);
  }

  #placeGlobals(): void {
    const cluster = this.#cluster;
    for (const name of sorted(cluster.globals)) {
      const unit = cluster.units.get(name);
      if (unit === undefined || unit.desiredState === 'inactive') continue;
      const machines = this.#globals.has(name) ? cluster.machines.keys() : this.#freed;
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
    const load = this.#pick(unit, candidates);
    if (load === undefined) {
      this.#cluster.pending.add(unit.name);
      return;
    }
    const reason = placementReason(unit, load);
    this.#place(unit, load, cause === '' ? reason : `${cause} ${reason}`);
    if (isUnwelcome(this.#cluster, unit, load)) this.#cluster.crowded.add(unit.name);
    this.#pushOut(unit, load);
  }

  /** Machines to look at, in order: least loaded first. A unit with peers looks only where they are. */
  #candidates(unit: SchedulableUnit): readonly MachineLoad[] {
    const [peer] = unit.placement.machineOf;
    if (peer === undefined) return this.#cluster.leastLoaded();
    const machines = [...(this.#cluster.placed.get(peer)?.keys() ?? [])];
    return machines.flatMap((id) => this.#cluster.machines.get(id) ?? []).sort(byLoad);
  }

  #pick(unit: SchedulableUnit, candidates: readonly MachineLoad[], except?: string): MachineLoad | undefined {
    const spread = Spread.of(this.#cluster, unit);
    let second: MachineLoad | undefined;
    for (const load of candidates) {
      if (load.machine.id === except || misfitOf(this.#cluster, unit, load) !== undefined) continue;
      if (isUnwelcome(this.#cluster, unit, load)) second ??= load;
      else if (spread === undefined) return load;
      else spread.consider(load);
    }
    return spread?.best ?? (except === undefined ? second : undefined);
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
    const target = this.#pick(unit, candidates, load.machine.id);
    if (target === undefined) return;
    cluster.crowded.delete(name);
    const drained = load.machine.drain !== undefined;
    const reason = drained
      ? describeMisfit(cluster, unit, load, 'drain')
      : `A unit on ${shortId(load.machine.id)} replaces it.`;
    this.#remove(name, load.machine.id, reason);
    this.#homeless.delete(name);
    this.#place(unit, target, `${reason} ${placementReason(unit, target)}`);
  }
}

function sorted(names: Iterable<string>): string[] {
  return [...names].sort();
}
