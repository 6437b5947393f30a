// Forgets what nobody uses any more, beside the decisions: one look at a time.

import type { Log } from '../log.ts';
import type { Collector } from './collector.ts';
import type { Outcomes } from './outcomes.ts';

export interface HousekeepingOptions {
  readonly collector: Collector;
  readonly outcomes: Outcomes;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export class Housekeeping {
  readonly #options: HousekeepingOptions;
  #collecting: Promise<void> | undefined;
  #collectAgain = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  /** Looks at everything that there is. */
  sweep(): void {
    this.#begin(() => this.#options.collector.sweep());
  }

  /** Looks at what may have gone out of use. */
  collect(): void {
    this.#begin(() => this.#options.collector.collect());
  }

  /** When no look is under way. */
  async settled(): Promise<void> {
    await this.#collecting;
  }

  /** What fails is tried again after the next change. */
  #begin(work: () => Promise<void>): void {
    this.#collectAgain = this.#collecting !== undefined;
    if (this.#collectAgain) return;
    const { outcomes, log, signal } = this.#options;
    this.#collecting = work()
      .then(() => outcomes.forget())
      .catch((error: unknown) => {
        log.debug({ err: error }, 'Unused contents could not be collected; trying again.');
      })
      .finally(() => {
        this.#collecting = undefined;
        if (this.#collectAgain && !signal.aborted) this.collect();
      });
  }
}
