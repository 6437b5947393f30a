// What must hold at every moment of a cluster's life, whatever goes wrong.
//
// INVARIANTS
// - No unit runs on two machines of which neither was disturbed a short while ago. A machine that is cut off
//   keeps what it runs (what runs keeps running) and gives it up when it is back.
// - No two units that are to be apart run on one machine that was not disturbed.
// - A unit stops only because a user wants that, or because its machine was disturbed or is drained.

import { createHash } from 'node:crypto';
import type { WantedUnit } from './model.ts';

export interface InvariantFacts {
  readonly now: () => number;
  readonly unit: (name: string) => WantedUnit | undefined;
  /** Something was, a short while ago, done to the machine that may move its units. */
  readonly isDisturbed: (machine: string) => boolean;
  /** A user changed, a short while ago, what is wanted of the unit. */
  readonly isTouched: (unit: string) => boolean;
}

export class Invariants {
  readonly violations: string[] = [];
  /** Machines on which each unit runs. */
  readonly running = new Map<string, Set<string>>();
  starts = 0;
  stops = 0;
  readonly #facts: InvariantFacts;
  readonly #trace = createHash('sha256');
  readonly #byMachine = new Map<string, Set<string>>();

  constructor(facts: InvariantFacts) {
    this.#facts = facts;
  }

  /** A unit began, or ceased, to run there. */
  observe(machine: string, unit: string, active: boolean): void {
    this.#trace.update(`${this.#facts.now()} ${machine} ${unit} ${active}\n`);
    const machines = this.running.get(unit) ?? new Set<string>();
    const units = this.#byMachine.get(machine) ?? new Set<string>();
    this.running.set(unit, machines);
    this.#byMachine.set(machine, units);
    if (active) {
      this.starts++;
      this.#checkOnce(machine, unit, machines);
      this.#checkApart(machine, unit, units);
      machines.add(machine);
      units.add(unit);
    } else {
      this.stops++;
      machines.delete(machine);
      units.delete(unit);
      if (machines.size === 0) this.running.delete(unit);
      this.#checkCause(machine, unit);
    }
  }

  /** Units that run on this machine. */
  on(machine: string): ReadonlySet<string> {
    return this.#byMachine.get(machine) ?? new Set();
  }

  violate(sentence: string): void {
    this.violations.push(`after ${(this.#facts.now() / 1000).toFixed(3)} s: ${sentence}`);
  }

  /** Over all that has been observed. */
  trace(): string {
    return this.#trace.copy().digest('hex').slice(0, 16);
  }

  #checkOnce(machine: string, unit: string, machines: ReadonlySet<string>): void {
    const { isDisturbed, unit: wanted } = this.#facts;
    if (wanted(unit)?.global === true) return;
    for (const other of machines) {
      if (!isDisturbed(machine) && !isDisturbed(other))
        this.violate(`${unit} starts on ${machine} while it runs on ${other}.`);
    }
  }

  #checkApart(machine: string, unit: string, units: ReadonlySet<string>): void {
    const { isDisturbed, unit: wanted } = this.#facts;
    if (wanted(unit)?.apart !== true || isDisturbed(machine)) return;
    const [kind] = unit.split('@');
    for (const other of units) {
      if (other !== unit && other.split('@')[0] === kind)
        this.violate(`${unit} starts on ${machine} beside ${other}, from which it is to be apart.`);
    }
  }

  #checkCause(machine: string, unit: string): void {
    const { isDisturbed, isTouched } = this.#facts;
    if (!isDisturbed(machine) && !isTouched(unit))
      this.violate(`${unit} stops on ${machine}, and nobody wanted that.`);
  }
}
