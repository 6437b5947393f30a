// The cluster as the scheduler sees it: machines in order of load, who is where, and indexes that make
// each question cheap. It holds facts and decides nothing.

import type { Placement, TargetState } from '../model.ts';
import { PatternIndex } from './pattern-index.ts';

export interface SchedulableUnit {
  readonly name: string;
  readonly hash: string;
  readonly desiredState: TargetState;
  readonly placement: Placement;
}

export interface SchedulableMachine {
  readonly id: string;
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * False for a machine that takes nothing new but keeps what it has: its daemon was stopped, or it is
   * missing and nobody may say yet that it is lost.
   */
  readonly open: boolean;
}

export interface MachineLoad {
  readonly machine: SchedulableMachine;
  /** Names of its units. */
  readonly units: Set<string>;
}

/** What a unit was given: enough to see whether the schedule entry still says what it should. */
export interface Placed {
  readonly hash: string;
  readonly targetState: TargetState;
}

/** Facts about units, machines and who is where. */
export class Cluster {
  readonly units = new Map<string, SchedulableUnit>();
  readonly machines = new Map<string, MachineLoad>();
  /** By unit, then by machine. */
  readonly placed = new Map<string, Map<string, Placed>>();
  readonly conflicts = new PatternIndex();
  readonly replaces = new PatternIndex();
  readonly globals = new Set<string>();
  /** Units by the units that they must be with. */
  readonly followers = new Map<string, Set<string>>();
  /** Wanted units that found no machine when they were last looked at. */
  readonly pending = new Set<string>();
  /** Units that are still where a unit that replaces them is, for want of another machine. */
  readonly crowded = new Set<string>();
  readonly #order: MachineLoad[] = [];

  /** Adds a unit, or takes over how it is now. Where it is stays as it is. */
  setUnit(unit: SchedulableUnit): void {
    this.#redefine(unit.name, unit);
  }

  /** Forgets a unit; where it was stays known until `unplace`. */
  removeUnit(name: string): void {
    this.pending.delete(name);
    this.crowded.delete(name);
    this.#redefine(name, undefined);
  }

  setMachine(machine: SchedulableMachine): void {
    const existing = this.machines.get(machine.id);
    if (existing !== undefined) this.#unlist(existing);
    const load = { machine, units: existing?.units ?? new Set<string>() };
    if (existing === undefined) {
      for (const [name, machines] of this.placed) if (machines.has(machine.id)) load.units.add(name);
    }
    this.machines.set(machine.id, load);
    this.#list(load);
  }

  /** Forgets a machine; who was there stays known until `unplace`. */
  removeMachine(id: string): void {
    const load = this.machines.get(id);
    if (load === undefined) return;
    this.#unlist(load);
    this.machines.delete(id);
  }

  place(name: string, machine: string, placed: Placed): void {
    const machines = this.placed.get(name);
    if (machines?.has(machine) === true) {
      machines.set(machine, placed);
      return;
    }
    if (machines === undefined) this.placed.set(name, new Map([[machine, placed]]));
    else machines.set(machine, placed);
    this.#move(machine, (units) => units.add(name));
    this.#count(this.units.get(name) ?? forgotten(name), machine, 1);
  }

  unplace(name: string, machine: string): void {
    const machines = this.placed.get(name);
    if (machines?.delete(machine) !== true) return;
    if (machines.size === 0) this.placed.delete(name);
    this.#move(machine, (units) => units.delete(name));
    this.#count(this.units.get(name) ?? forgotten(name), machine, -1);
  }

  isOn(name: string, machine: string): boolean {
    return this.placed.get(name)?.has(machine) === true;
  }

  /** Open machines, least loaded first, then by ID. */
  leastLoaded(): readonly MachineLoad[] {
    return this.#order;
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
    for (const peer of placement.machineOf) {
      const followers = this.followers.get(peer);
      if (followers === undefined) this.followers.set(peer, new Set([name]));
      else followers.add(name);
    }
  }

  #leave({ name, placement }: SchedulableUnit, after: SchedulableUnit | undefined): void {
    this.conflicts.retract(placement.conflicts);
    this.replaces.retract(placement.replaces);
    if (after?.placement.global !== true) this.globals.delete(name);
    for (const peer of placement.machineOf) {
      if (after?.placement.machineOf.includes(peer) === true) continue;
      const followers = this.followers.get(peer);
      followers?.delete(name);
      if (followers?.size === 0) this.followers.delete(peer);
    }
  }

  #count(unit: SchedulableUnit, machine: string, amount: 1 | -1): void {
    this.conflicts.count(unit.name, unit.placement.conflicts, machine, amount);
    this.replaces.count(unit.name, unit.placement.replaces, machine, amount);
  }

  #move(machine: string, change: (units: Set<string>) => void): void {
    const load = this.machines.get(machine);
    if (load === undefined) return;
    this.#unlist(load);
    change(load.units);
    this.#list(load);
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
      if (other !== undefined && before(other, load)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function before(a: MachineLoad, b: MachineLoad): boolean {
  return a.units.size !== b.units.size ? a.units.size < b.units.size : a.machine.id < b.machine.id;
}

/** Stands for a unit that has been removed but is still on a machine: it conflicts with nobody itself. */
function forgotten(name: string): SchedulableUnit {
  const placement = { machineOf: [], machineMetadata: new Map(), conflicts: [], replaces: [], global: false };
  return { name, hash: '', desiredState: 'inactive', placement };
}
