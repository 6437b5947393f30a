// Decisions as guarded transactions: each holds only against the unit and the machine that it was made from.

import type { Guard, Operation } from '../../store/index.ts';
import type { Keys } from '../registry/keys.ts';
import { writeAssignment } from '../registry/records.ts';
import type { Decision } from '../scheduler/decision.ts';

export interface ScheduleWrite {
  readonly units: readonly string[];
  readonly decisions: readonly Decision[];
  readonly guards: readonly Guard[];
  readonly operations: readonly Operation[];
}

export interface Revisions {
  /** Of the unit's key, 0 when it is gone. */
  unit(name: string): number;
  /** Of the machine's presence, 0 when it is absent. */
  machine(id: string): number;
}

/**
 * Cuts decisions into transactions of at most `max` operations and as many guards. What concerns one unit
 * is never torn apart, so that a unit moves in one step.
 */
export function planWrites(
  keys: Keys,
  leader: Guard,
  decisions: readonly Decision[],
  revisions: Revisions,
  max: number,
): readonly ScheduleWrite[] {
  const byUnit = new Map<string, Decision[]>();
  for (const decision of decisions) {
    const list = byUnit.get(decision.unit);
    if (list === undefined) byUnit.set(decision.unit, [decision]);
    else list.push(decision);
  }
  const writes: ScheduleWrite[] = [];
  let chunk = new Chunk(keys, leader, revisions);
  const flush = () => {
    if (!chunk.isEmpty) writes.push(chunk.write());
    chunk = new Chunk(keys, leader, revisions);
  };
  for (const [unit, own] of byUnit) {
    // A global unit may be decided for more machines than one transaction takes.
    for (let start = 0; start < own.length; start += Math.max(1, Math.floor((max - 2) / 2))) {
      const part = own.slice(start, start + Math.max(1, Math.floor((max - 2) / 2)));
      if (!chunk.isEmpty && !chunk.hasRoomFor(part, max)) flush();
      chunk.add(unit, part);
    }
  }
  flush();
  return writes;
}

class Chunk {
  readonly #keys: Keys;
  readonly #revisions: Revisions;
  readonly #units = new Set<string>();
  readonly #decisions: Decision[] = [];
  readonly #guards: Map<string, Guard>;
  readonly #operations: Operation[] = [];

  constructor(keys: Keys, leader: Guard, revisions: Revisions) {
    this.#keys = keys;
    this.#revisions = revisions;
    this.#guards = new Map([[leader.key, leader]]);
  }

  get isEmpty(): boolean {
    return this.#operations.length === 0;
  }

  hasRoomFor(decisions: readonly Decision[], max: number): boolean {
    // One guard for the unit, and at most one for each machine.
    return (
      this.#operations.length + decisions.length <= max && this.#guards.size + 1 + decisions.length <= max
    );
  }

  add(unit: string, decisions: readonly Decision[]): void {
    this.#units.add(unit);
    this.#guard(this.#keys.unit(unit), this.#revisions.unit(unit));
    for (const decision of decisions) {
      const { machine } = decision;
      this.#decisions.push(decision);
      this.#guard(this.#keys.machine(machine), this.#revisions.machine(machine));
      const key = this.#keys.schedule(machine, unit);
      if (decision.kind === 'remove') this.#operations.push({ kind: 'delete', key });
      else {
        const value = writeAssignment({ ...decision, machineID: machine });
        this.#operations.push({ kind: 'put', key, value });
      }
    }
  }

  write(): ScheduleWrite {
    return {
      units: [...this.#units],
      decisions: this.#decisions,
      guards: [...this.#guards.values()],
      operations: this.#operations,
    };
  }

  #guard(key: string, modRevision: number): void {
    this.#guards.set(key, { key, modRevision });
  }
}
