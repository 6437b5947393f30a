// What a machine carries: its units, and sums over them that each placement asks for.

import type { Capacity, Drain, Placement } from '../model.ts';
import { templateOf } from '../placement.ts';

export interface SchedulableMachine {
  readonly id: string;
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * False for a machine that takes nothing new but keeps what it has: its daemon was stopped, or it is
   * missing and nobody may say yet that it is lost.
   */
  readonly open: boolean;
  readonly capacity?: Capacity;
  readonly capabilities?: readonly string[];
  /** It takes nothing new, and its units leave where they can. */
  readonly drain?: Drain;
}

/** Units of one kind are those of one template; any other unit is a kind of its own. */
export function kindOf(name: string): string {
  return templateOf(name) ?? name;
}

interface Carried {
  readonly name: string;
  readonly placement: Placement;
}

export class MachineLoad {
  readonly machine: SchedulableMachine;
  /** Names of its units. */
  readonly units = new Set<string>();
  /** Sum of Weight= over its units: the order of machines. */
  weight = 0;
  memoryBytes = 0;
  cpuMillis = 0;
  readonly #kinds = new Map<string, number>();

  constructor(machine: SchedulableMachine) {
    this.machine = machine;
  }

  /** How many units of that kind it has. */
  kind(kind: string): number {
    return this.#kinds.get(kind) ?? 0;
  }

  add(unit: Carried, kind: string): void {
    this.units.add(unit.name);
    this.#count(unit, kind, 1);
  }

  remove(unit: Carried, kind: string): void {
    if (this.units.delete(unit.name)) this.#count(unit, kind, -1);
  }

  #count({ placement }: Carried, kind: string, amount: 1 | -1): void {
    this.weight += amount * (placement.weight ?? 1);
    this.memoryBytes += amount * (placement.memoryBytes ?? 0);
    this.cpuMillis += amount * (placement.cpuMillis ?? 0);
    const count = this.kind(kind) + amount;
    if (count === 0) this.#kinds.delete(kind);
    else this.#kinds.set(kind, count);
  }
}

/** Machines in the order in which they are asked to take a unit: the least loaded first, then by ID. */
export function byLoad(a: MachineLoad, b: MachineLoad): number {
  return a.weight - b.weight || (a.machine.id < b.machine.id ? -1 : 1);
}
