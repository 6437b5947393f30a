// Starts that wait for other units of this machine, and go on when those got further.

import type { UnitOption } from '../../systemd/index.ts';
import type { Known } from './known.ts';
import { Order } from './order.ts';
import { Postponed } from './turns.ts';

export class Predecessors {
  readonly #known: Known;
  readonly #attend: (name: string) => void;
  readonly #order = new Order();
  /** Units whose start waits for another, by that other. */
  readonly #waiting = new Map<string, Set<string>>();

  /** `attend` is called for a unit that need not wait as it did. */
  constructor(known: Known, attend: (name: string) => void) {
    this.#known = known;
    this.#attend = attend;
  }

  /** The unit has that content now; undefined: it is gone. */
  learn(name: string, options: readonly UnitOption[] | undefined): void {
    this.#order.learn(name, options);
  }

  /** What a unit names and is given to this machine as well comes before its start. */
  awaitOthers(name: string): void {
    const { wanted, held } = this.#known;
    const blocker = this.#order.blocker(name, {
      isWanted: (other) => wanted.has(other),
      isLoaded: (other) => held.get(other)?.hash === wanted.get(other)?.hash,
      isToStart: (other) =>
        wanted.get(other)?.targetState === 'launched' && held.get(other)?.reached !== 'launched',
    });
    if (blocker === undefined) return;
    const waiting = this.#waiting.get(blocker.unit);
    if (waiting === undefined) this.#waiting.set(blocker.unit, new Set([name]));
    else waiting.add(name);
    throw new Postponed(
      `It waits for ${blocker.unit}, which its file names, to be ${blocker.until} on its machine.`,
    );
  }

  /** A unit got further: those that wait for it go on. */
  tell(name: string): void {
    const waiting = this.#waiting.get(name);
    this.#waiting.delete(name);
    for (const other of waiting ?? []) this.#attend(other);
  }
}
