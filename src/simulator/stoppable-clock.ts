// A clock that can be held: of a store that is away and lets no lease run out, or of a process that is stopped.

import type { Clock } from '../host/index.ts';

interface Waiting {
  readonly dueMs: number;
  readonly callback: () => void;
  cancel: () => void;
}

export class StoppableClock implements Clock {
  readonly random: () => number;
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #offsetMs = 0;
  #heldMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.random = clock.random ?? Math.random;
  }

  readonly now = (): number => (this.#heldMs ?? this.#clock.now()) - this.#offsetMs;

  after(ms: number, callback: () => void): () => void {
    const waiting: Waiting = { dueMs: this.now() + ms, callback, cancel: () => {} };
    this.#waiting.add(waiting);
    if (this.#heldMs === undefined) this.#arm(waiting);
    return () => {
      waiting.cancel();
      this.#waiting.delete(waiting);
    };
  }

  /** Nothing that waits for it comes until it goes on. */
  stop(): void {
    if (this.#heldMs !== undefined) return;
    this.#heldMs = this.#clock.now();
    for (const waiting of this.#waiting) waiting.cancel();
  }

  /** `missed`: it shows the time that has passed meanwhile, as for a stopped process; else it goes on from where it was. */
  go(missed: boolean): void {
    if (this.#heldMs === undefined) return;
    if (!missed) this.#offsetMs += this.#clock.now() - this.#heldMs;
    this.#heldMs = undefined;
    for (const waiting of this.#waiting) this.#arm(waiting);
  }

  #arm(waiting: Waiting): void {
    waiting.cancel = this.#clock.after(Math.max(0, waiting.dueMs - this.now()), () => {
      this.#waiting.delete(waiting);
      waiting.callback();
    });
  }
}
