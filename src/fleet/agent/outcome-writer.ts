// Tells the store how units ended, once each: only while the schedule entry that they ran under still stands.

import { type Clock, retryPause } from '../../host/index.ts';
import type { Store } from '../../store/index.ts';
import type { Log } from '../log.ts';
import type { Keys } from '../registry/keys.ts';
import { type OutcomeRecord, writeOutcome } from '../registry/outcome.ts';

export interface OutcomeWriterOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Log;
}

export class OutcomeWriter {
  readonly #options: OutcomeWriterOptions;
  readonly #due = new Map<string, OutcomeRecord>();
  #wake: () => void = () => {};

  constructor(options: OutcomeWriterOptions) {
    this.#options = options;
  }

  tell(name: string, record: OutcomeRecord): void {
    this.#due.set(name, record);
    this.#wake();
  }

  /** Tells what there is to tell until the signal aborts; what could not be told is kept for the next time. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const stop = () => this.#wake();
    signal.addEventListener('abort', stop, { once: true });
    for (let failures = 0; !signal.aborted; ) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      try {
        for (const [name, record] of this.#due) await this.#write(name, record);
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        log.debug({ err: error }, 'How units ended could not be told; trying again.');
        await retryPause(clock, failures++, { firstMs: 100, maxMs: 5_000 }, signal);
        continue;
      }
      if (this.#due.size === 0 && !signal.aborted) await woken;
    }
    signal.removeEventListener('abort', stop);
  }

  async #write(name: string, record: OutcomeRecord): Promise<void> {
    const { store, keys } = this.#options;
    await store.transact(
      [{ key: keys.schedule(record.machineID, name), modRevision: record.revision }],
      [{ kind: 'put', key: keys.outcome(name), value: writeOutcome(record) }],
    );
    // Not committed: the entry is another one by now, and so is what there is to tell.
    if (this.#due.get(name) === record) this.#due.delete(name);
  }
}
