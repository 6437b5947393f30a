// The cluster as the scheduler sees it: machines in order of load, who is where, and indexes that make
// each question cheap. It holds facts and decides nothing.

import type { Placement, TargetState } from '../model.ts';
import { byLoad, kindOf, MachineLoad, type SchedulableMachine } from './load.ts';
import { PatternIndex } from './pattern-index.ts';
import { findRings, type Rings } from './rings.ts';

export interface SchedulableUnit {
  readonly name: string;
  readonly hash: string;
  readonly desiredState: TargetState;
  /** Why it is only loaded although it is wanted launched, as a sentence. */
  readonly held?: string;
  readonly placement: Placement;
}

/** What a unit was given: enough to see whether the schedule entry still says what it should. */
export interface Placed {
  readonly hash: string;
  readonly targetState: TargetState;
  /** Machines on which it failed too often. */
  readonly tried?: readonly string[];
}

const none: ReadonlyMap<string, number> = new Map();

/** Where units were told to leave is remembered for so many of them. */
const maxLeaving = 10_000;

/** Facts about units, machines and who is where. */
export class Cluster {
  readonly units = new Map<string, SchedulableUnit>();
  readonly machines = new Map<string, MachineLoad>();
  /** By unit, then by machine. */
  readonly placed = new Map<string, Map<string, Placed>>();
  readonly conflicts = new PatternIndex();
  readonly replaces = new PatternIndex();
  readonly globals = new Set<string>();
  /** Units by the units that they must be with, also those that do not exist yet. */
  readonly followers = new Map<string, Set<string>>();
  /** Units that have done what they were to do, and are not to run again. */
  readonly finished = new Set<string>();
  /** Wanted units that found no machine when they were last looked at. */
  readonly pending = new Set<string>();
  /** Units that are still where a unit that replaces them is, for want of another machine. */
  readonly crowded = new Set<string>();
  /** Machines that were told to give a unit up and may still be stopping it. */
  readonly #leaving = new Map<string, Set<string>>();
  readonly #order: MachineLoad[] = [];
  /** Units with bonds, and the leaders of the rings among them while that is known. */
  readonly #bound = new Set<string>();
  #found: Rings | undefined;
  /** How many units of each kind each machine has. */
  readonly #kinds = new Map<string, Map<string, number>>();

  /** Adds a unit, or takes over how it is now. Where it is stays as it is. */
  setUnit(unit: SchedulableUnit): void {
    this.#redefine(unit.name, unit);
  }

  /** Forgets a unit; where it was stays known until `unplace`. */
  removeUnit(name: string): void {
    this.pending.delete(name);
    this.crowded.delete(name);
    this.finished.delete(name);
    this.#redefine(name, undefined);
  }

  setMachine(machine: SchedulableMachine): void {
    const existing = this.machines.get(machine.id);
    if (existing !== undefined) this.#unlist(existing);
    const load = new MachineLoad(machine);
    const names = existing?.units ?? this.#placedOn(machine.id);
    for (const name of names) load.add(this.#known(name), kindOf(name));
    this.machines.set(machine.id, load);
    this.#list(load);
  }

  /** Forgets a machine; who was there stays known until `unplace`. */
  removeMachine(id: string): void {
    const load = this.machines.get(id);
    if (load === undefined) return;
    this.#unlist(load);
    this.machines.delete(id);
    for (const machines of this.#leaving.values()) machines.delete(id);
  }

  /** The unit was told to leave a machine that is there: whoever takes it next waits for that. */
  leaves(name: string, machine: string): void {
    const machines = this.#leaving.get(name) ?? new Set<string>();
    // At the end of the order again: the oldest are forgotten first.
    this.#leaving.delete(name);
    this.#leaving.set(name, machines.add(machine));
    const [oldest] = this.#leaving.keys();
    if (this.#leaving.size > maxLeaving && oldest !== undefined) this.#leaving.delete(oldest);
  }

  /** Machines that may still run the unit when it comes to that one. */
  leftBy(name: string, machine: string): readonly string[] {
    // A global unit runs where it has run before, and on others all the same.
    if (this.units.get(name)?.placement.global === true) return [];
    return [...(this.#leaving.get(name) ?? [])].filter((id) => id !== machine).sort();
  }

  place(name: string, machine: string, placed: Placed): void {
    const machines = this.placed.get(name);
    if (machines?.has(machine) === true) {
      machines.set(machine, placed);
      return;
    }
    if (machines === undefined) this.placed.set(name, new Map([[machine, placed]]));
    else machines.set(machine, placed);
    this.#count(this.#known(name), machine, 1);
  }

  unplace(name: string, machine: string): void {
    const machines = this.placed.get(name);
    if (machines?.delete(machine) !== true) return;
    if (machines.size === 0) this.placed.delete(name);
    this.#count(this.#known(name), machine, -1);
  }

  isOn(name: string, machine: string): boolean {
    return this.placed.get(name)?.has(machine) === true;
  }

  /**
   * The units that this one must be with: those of MachineOf=, and those that its file needs and the cluster
   * has. In a ring of units that need each other, all follow one of them.
   */
  peersOf({ name, placement }: SchedulableUnit): readonly string[] {
    const { machineOf, bonds = [] } = placement;
    if (bonds.length === 0) return machineOf;
    const leader = this.#rings().leaders.get(name);
    const peers = new Set(machineOf);
    for (const { unit } of bonds) {
      if (!this.units.has(unit)) continue;
      const inRing = leader !== undefined && this.#rings().leaders.get(unit) === leader;
      if (!inRing) peers.add(unit);
      else if (leader !== name) peers.add(leader);
    }
    return [...peers];
  }

  /** The units that may have to be where this one is, in order: who names it, and the ring that it leads. */
  followersOf(name: string): readonly string[] {
    const named = this.followers.get(name);
    const ring = this.#bound.size === 0 ? undefined : this.#rings().rings.get(name);
    if (ring === undefined) return named === undefined ? [] : [...named].sort();
    return [...new Set([...(named ?? []), ...ring])].filter((other) => other !== name).sort();
  }

  /** The first unit that this one must be with and that is not on that machine. */
  missingPeer(unit: SchedulableUnit, load: MachineLoad): string | undefined {
    const { machineOf, bonds = [] } = unit.placement;
    if (machineOf.length === 0 && bonds.length === 0) return undefined;
    const self = load.units.has(unit.name);
    return this.peersOf(unit).find((peer) => {
      if (load.units.has(peer)) return false;
      // What its file needs may come back to it: only when that is elsewhere the unit has to go there.
      return machineOf.includes(peer) || !self || this.placed.has(peer);
    });
  }

  #rings(): Rings {
    this.#found ??= findRings(this.#ringMembers());
    return this.#found;
  }

  /** A ring that MachineOf= alone makes is none of ours: only what bonds lead to is looked at. */
  *#ringMembers() {
    const seen = new Set(this.#bound);
    for (const name of seen) {
      const { machineOf = [], bonds = [] } = this.units.get(name)?.placement ?? {};
      const bound = bonds.map(({ unit }) => unit).filter((unit) => this.units.has(unit));
      for (const peer of [...machineOf, ...bound]) seen.add(peer);
      yield { name, strict: machineOf, bound };
    }
  }

  /** Open machines, least loaded first, then by ID. */
  leastLoaded(): readonly MachineLoad[] {
    return this.#order;
  }

  /** Machines that have units of that kind, with how many. */
  machinesOfKind(kind: string): ReadonlyMap<string, number> {
    return this.#kinds.get(kind) ?? none;
  }

  #known(name: string): SchedulableUnit {
    return this.units.get(name) ?? forgotten(name);
  }

  *#placedOn(machine: string): Iterable<string> {
    for (const [name, machines] of this.placed) if (machines.has(machine)) yield name;
  }

  #places(): Iterable<readonly [string, Iterable<string>]> {
    const { placed } = this;
    return (function* () {
      for (const [name, machines] of placed) yield [name, machines.keys()] as const;
    })();
  }

  #redefine(name: string, unit: SchedulableUnit | undefined): void {
    const before = this.units.get(name);
    const places = this.placed.get(name);
    for (const machine of places?.keys() ?? []) this.#count(before ?? forgotten(name), machine, -1);
    // Between two definitions it is nowhere, so that no pattern counts it twice.
    this.placed.delete(name);
    if (unit !== undefined) this.#enter(unit);
    if (before !== undefined) this.#leave(before, unit);
    if (unit === undefined) this.units.delete(name);
    else this.units.set(name, unit);
    if (places === undefined) return;
    this.placed.set(name, places);
    for (const machine of places.keys()) this.#count(unit ?? forgotten(name), machine, 1);
  }

  #enter({ name, placement }: SchedulableUnit): void {
    this.conflicts.declare(placement.conflicts, this.#places());
    this.replaces.declare(placement.replaces, this.#places());
    if (placement.global) this.globals.add(name);
    if (placement.bonds !== undefined) this.#bound.add(name);
    if (placement.bonds !== undefined || this.#bound.size > 0) this.#found = undefined;
    for (const peer of namedPeers(placement)) {
      const followers = this.followers.get(peer);
      if (followers === undefined) this.followers.set(peer, new Set([name]));
      else followers.add(name);
    }
  }

  #leave({ name, placement }: SchedulableUnit, after: SchedulableUnit | undefined): void {
    this.conflicts.retract(placement.conflicts);
    this.replaces.retract(placement.replaces);
    if (after?.placement.global !== true) this.globals.delete(name);
    if (after?.placement.bonds === undefined) this.#bound.delete(name);
    this.#found = undefined;
    const kept = after === undefined ? [] : namedPeers(after.placement);
    for (const peer of namedPeers(placement)) {
      if (kept.includes(peer)) continue;
      const followers = this.followers.get(peer);
      followers?.delete(name);
      if (followers?.size === 0) this.followers.delete(peer);
    }
  }

  #count(unit: SchedulableUnit, machine: string, amount: 1 | -1): void {
    this.conflicts.count(unit.name, unit.placement.conflicts, machine, amount);
    this.replaces.count(unit.name, unit.placement.replaces, machine, amount);
    const kind = kindOf(unit.name);
    this.#countKind(kind, machine, amount);
    const load = this.machines.get(machine);
    if (load === undefined) return;
    this.#unlist(load);
    if (amount === 1) load.add(unit, kind);
    else load.remove(unit, kind);
    this.#list(load);
  }

  #countKind(kind: string, machine: string, amount: 1 | -1): void {
    const machines = this.#kinds.get(kind) ?? new Map<string, number>();
    const count = (machines.get(machine) ?? 0) + amount;
    if (count === 0) machines.delete(machine);
    else machines.set(machine, count);
    if (machines.size === 0) this.#kinds.delete(kind);
    else this.#kinds.set(kind, machines);
  }

  #list(load: MachineLoad): void {
    if (load.machine.open) this.#order.splice(this.#position(load), 0, load);
  }

  #unlist(load: MachineLoad): void {
    if (load.machine.open) this.#order.splice(this.#position(load), 1);
  }

  /** Where a machine is, or belongs, in the order of load. */
  #position(load: MachineLoad): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#order[middle];
      if (other !== undefined && byLoad(other, load) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The units that a placement names as company, in the cluster or not. */
function namedPeers({ machineOf, bonds = [] }: Placement): readonly string[] {
  return bonds.length === 0 ? machineOf : [...machineOf, ...bonds.map(({ unit }) => unit)];
}

/** Stands for a unit that has been removed but is still on a machine: it conflicts with nobody itself. */
function forgotten(name: string): SchedulableUnit {
  const placement = { machineOf: [], machineMetadata: new Map(), conflicts: [], replaces: [], global: false };
  return { name, hash: '', desiredState: 'inactive', placement };
}
