// Work that nobody waits for, until the end.

import type { Log } from '../log.ts';
import { wordsOf } from './systemd-calls.ts';

export class Background {
  readonly #log: Log;
  readonly #work = new Set<Promise<void>>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Takes care of the work: what it throws is logged. */
  add(work: Promise<void>): void {
    const guarded = work
      .catch((error: unknown) => this.#log.error({ err: error }, wordsOf(error)))
      .finally(() => this.#work.delete(guarded));
    this.#work.add(guarded);
  }

  /** Waits until nothing is under way. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
  }
}
