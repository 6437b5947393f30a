// This daemon as a candidate for the engine: leads while it is elected, allowed to, and present.

import { type Clock, retryPause } from '../host/index.ts';
import { campaign, type Leadership, type Store } from '../store/index.ts';
import { wordsOf } from './agent/systemd-calls.ts';
import { runEngine } from './engine/engine.ts';
import type { Presence } from './engine/presence.ts';
import type { Log } from './log.ts';
import { renewal, type Session } from './member.ts';
import type { DaemonMetrics } from './metrics/daemon.ts';
import type { Machine } from './model.ts';
import type { Keys } from './registry/keys.ts';
import { writeEngine } from './registry/records.ts';

export interface CandidateOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly presence: Presence;
  readonly self: () => Machine;
  /** One lease of an agent, in milliseconds. */
  readonly ttlMs: () => number;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: DaemonMetrics;
}

export class Candidate {
  readonly #options: CandidateOptions;
  #allowed = true;
  #changed = new AbortController();

  constructor(options: CandidateOptions) {
    this.#options = options;
  }

  /** Whether it may lead (`disable_engine`). One that leads and may no more hands over at once. */
  allow(allowed: boolean): void {
    if (allowed === this.#allowed) return;
    this.#allowed = allowed;
    const changed = this.#changed;
    this.#changed = new AbortController();
    changed.abort();
  }

  /** Stands for election until the session ends. */
  async run(session: Session): Promise<void> {
    while (!session.signal.aborted) {
      const during = AbortSignal.any([session.signal, this.#changed.signal]);
      if (this.#allowed) await this.#stand(session, during);
      else
        await new Promise<void>((resolve) =>
          during.addEventListener('abort', () => resolve(), { once: true }),
        );
    }
  }

  async #stand({ lease, signal }: Session, during: AbortSignal): Promise<void> {
    const { store, keys, self, clock, log, metrics } = this.#options;
    const value = writeEngine({ machineID: self().id, version: self().version });
    let said = '';
    for (let failures = 0; !during.aborted; ) {
      const beganMs = clock.now();
      try {
        const leadership = await campaign({ store, key: keys.engine, value, lease, signal: during, clock });
        log.info({}, 'This daemon leads the engine.');
        metrics.leads(leadership, new Date());
        try {
          await this.#lead(leadership, during);
        } finally {
          // Others lead at once when it gives the lead up, and not when its store or its process is gone.
          if (during.aborted && (!signal.aborted || signal.reason === renewal)) await leadership.resign();
        }
      } catch (error) {
        if (during.aborted) return;
        metrics.termFailed();
        if (clock.now() - beganMs > this.#options.ttlMs()) failures = 0;
        const words = `The engine begins anew: ${wordsOf(error)}`;
        // A store that refuses refuses for long: said once.
        if (failures === 0 || words !== said) log.warn({ err: error }, words);
        said = words;
        await retryPause(clock, failures++, { firstMs: 200, maxMs: 5000 }, during);
      }
    }
  }

  async #lead(leadership: Leadership, during: AbortSignal): Promise<void> {
    const { store, keys, presence, ttlMs, clock, log, metrics } = this.#options;
    const over = new AbortController();
    void leadership.lost.then(() => over.abort());
    const term = AbortSignal.any([during, over.signal]);
    try {
      const { guard } = leadership;
      await runEngine({ store, keys, presence, guard, ttlMs: ttlMs(), clock, log, metrics, signal: term });
    } finally {
      if (!term.aborted) await leadership.resign();
    }
  }
}
