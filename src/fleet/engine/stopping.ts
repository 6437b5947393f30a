// Machines that were lost and had units that must not run twice: these units wait until the machine has had
// the time to stop them by its own clock.

import type { Clock } from '../../host/index.ts';
import type { ClusterView } from '../registry/view.ts';
import { givenUpWords } from './absentees.ts';

export interface StoppingOptions {
  readonly clock: Clock;
  readonly view: ClusterView;
  readonly isGone: (id: string) => Promise<boolean>;
  /** It is time to ask again. */
  readonly wake: () => void;
}

export class Stopping {
  readonly #options: StoppingOptions;
  /** Until when units may still run there. */
  readonly #untilMs = new Map<string, number>();
  #cancelTimer: () => void = () => {};

  constructor(options: StoppingOptions) {
    this.#options = options;
  }

  /** The machine is there again. */
  clear(id: string): void {
    this.#untilMs.delete(id);
  }

  /**
   * Which of the machines that are lost now may still be stopping such units. Adds to `lost` those of earlier
   * whose time is over.
   */
  async judge(lost: Map<string, string>): Promise<Set<string>> {
    const { clock, isGone, wake } = this.#options;
    const stopping = new Set<string>();
    const nowMs = clock.now();
    for (const [id, why] of lost) {
      const withinMs = why === givenUpWords ? 0 : this.#withinMs(id);
      const untilMs = this.#untilMs.get(id) ?? nowMs + withinMs;
      if (untilMs <= nowMs) this.#untilMs.delete(id);
      else {
        this.#untilMs.set(id, untilMs);
        stopping.add(id);
      }
    }
    for (const [id, untilMs] of this.#untilMs) {
      if (untilMs > nowMs || lost.has(id)) continue;
      this.#untilMs.delete(id);
      if (await isGone(id)) lost.set(id, 'has had the time to stop what must not run twice');
    }
    this.#cancelTimer();
    if (this.#untilMs.size > 0) {
      const nextMs = Math.min(...this.#untilMs.values());
      this.#cancelTimer = clock.after(Math.max(1, nextMs - nowMs), wake);
    }
    return stopping;
  }

  stop(): void {
    this.#cancelTimer();
  }

  #withinMs(id: string): number {
    let withinMs = 0;
    for (const entries of this.#options.view.assignments.values()) {
      withinMs = Math.max(withinMs, entries.get(id)?.stopWithinMs ?? 0);
    }
    return withinMs;
  }
}
