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
  /** Has units that need others of the write before, and so comes after it. */
  readonly continues: boolean;
}

export interface Revisions {
  /** Of the unit's key, 0 when it is gone. */
  unit(name: string): number;
  /** Of the machine's presence, 0 when it is absent. */
  machine(id: string): number;
}

/**
 * Cuts decisions into transactions of at most `max` operations and as many guards. What concerns one unit
 * is never torn apart, so that a unit moves in one step; units that need each other (`peersOf`) go into one
 * as long as it holds them, so that their machine hears of them together: no start without what it needs.
 */
export function planWrites(
  keys: Keys,
  leader: Guard,
  decisions: readonly Decision[],
  revisions: Revisions,
  peersOf: (unit: string) => readonly string[],
  max: number,
): readonly ScheduleWrite[] {
  const writes: ScheduleWrite[] = [];
  let chunk = new Chunk(keys, leader, revisions);
  const flush = (continues: boolean) => {
    if (!chunk.isEmpty) writes.push(chunk.write());
    chunk = new Chunk(keys, leader, revisions, continues);
  };
  for (const group of groupsOf(decisions, peersOf)) {
    if (!chunk.isEmpty && !chunk.hasRoomFor(group, max)) flush(false);
    const units = byUnit(group);
    let goesOn = false;
    for (const [unit, own] of units) {
      // A global unit may be decided for more machines than one transaction takes.
      for (let start = 0; start < own.length; start += Math.max(1, Math.floor((max - 2) / 2))) {
        const part = own.slice(start, start + Math.max(1, Math.floor((max - 2) / 2)));
        if (!chunk.isEmpty && !chunk.hasRoomFor(part, max)) flush(goesOn);
        chunk.add(unit, part);
        goesOn = units.size > 1;
      }
    }
  }
  flush(false);
  return writes;
}

function byUnit(decisions: readonly Decision[]): ReadonlyMap<string, readonly Decision[]> {
  const units = new Map<string, Decision[]>();
  for (const decision of decisions) {
    const list = units.get(decision.unit);
    if (list === undefined) units.set(decision.unit, [decision]);
    else list.push(decision);
  }
  return units;
}

/** The decisions of units that need each other, directly or through others, side by side; else in their order. */
function groupsOf(
  decisions: readonly Decision[],
  peersOf: (unit: string) => readonly string[],
): Iterable<readonly Decision[]> {
  const parents = new Map(decisions.map(({ unit }) => [unit, unit]));
  const rootOf = (unit: string): string => {
    let root = unit;
    for (let up = parents.get(root) ?? root; up !== root; up = parents.get(root) ?? root) root = up;
    parents.set(unit, root);
    return root;
  };
  for (const unit of parents.keys()) {
    for (const peer of peersOf(unit)) if (parents.has(peer)) parents.set(rootOf(unit), rootOf(peer));
  }
  const groups = new Map<string, Decision[]>();
  for (const decision of decisions) {
    const root = rootOf(decision.unit);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [decision]);
    else group.push(decision);
  }
  return groups.values();
}

class Chunk {
  readonly #keys: Keys;
  readonly #revisions: Revisions;
  readonly #units = new Set<string>();
  readonly #decisions: Decision[] = [];
  readonly #guards: Map<string, Guard>;
  readonly #operations: Operation[] = [];

  readonly #continues: boolean;

  constructor(keys: Keys, leader: Guard, revisions: Revisions, continues = false) {
    this.#continues = continues;
    this.#keys = keys;
    this.#revisions = revisions;
    this.#guards = new Map([[leader.key, leader]]);
  }

  get isEmpty(): boolean {
    return this.#operations.length === 0;
  }

  hasRoomFor(decisions: readonly Decision[], max: number): boolean {
    // At most one guard for each unit, and one for each machine.
    const units = new Set(decisions.map(({ unit }) => unit)).size;
    return (
      this.#operations.length + decisions.length <= max && this.#guards.size + units + decisions.length <= max
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
      continues: this.#continues,
    };
  }

  #guard(key: string, modRevision: number): void {
    this.#guards.set(key, { key, modRevision });
  }
}
