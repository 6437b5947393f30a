// Starts of units, each asked for once, whatever becomes of the way to systemd meanwhile.

import { type Clock, retryPause } from '../../host/index.ts';
import type { JobResult } from '../../systemd/index.ts';
import { isTransient, monotonicUs, type SystemdCalls } from './systemd-calls.ts';

type StartVerb = 'start' | 'restart';

/** A start that systemd has taken. */
export interface Started {
  /** When it was first asked for, as `monotonicUs`. */
  readonly askedUs: bigint;
  readonly verb: StartVerb;
  readonly result: Promise<JobResult>;
}

export class Starts {
  readonly #systemd: SystemdCalls;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #stopped = Promise.withResolvers<undefined>();
  /** Starts whose answer was not heard, each with when it was first asked for: it may have been taken. */
  readonly #unheard = new Map<string, bigint>();

  /** `signal` ends all waiting. */
  constructor(systemd: SystemdCalls, clock: Clock, signal: AbortSignal) {
    this.#systemd = systemd;
    this.#clock = clock;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#stopped.resolve(undefined), { once: true });
  }

  /** Whether a start was asked for whose answer did not come, so that the unit may be running. */
  isUnheard(name: string): boolean {
    return this.#unheard.has(name);
  }

  /** What was asked of this unit no longer matters. */
  forget(name: string): void {
    this.#unheard.delete(name);
  }

  /** Has systemd take the start, or restart, of a unit. Throws what it answers, or that the way to it broke. */
  async begin(name: string, verb: StartVerb = 'start'): Promise<Started> {
    const unheard = this.#unheard.get(name);
    const askedUs = unheard ?? monotonicUs();
    try {
      const { result } = await this.#queue(name, { askedUs, verb }, unheard !== undefined);
      this.#unheard.delete(name);
      return { askedUs, verb, result };
    } catch (error) {
      if (isTransient(error)) this.#unheard.set(name, askedUs);
      else this.#unheard.delete(name);
      throw error;
    }
  }

  /** How a start ended; undefined when we stop before, or it is `isCurrent` no more. */
  async outcome(name: string, started: Started, isCurrent: () => boolean): Promise<JobResult | undefined> {
    for (let current = started.result, failures = 0; ; failures++) {
      try {
        // A start may take minutes; a daemon that stops does not wait for it.
        return await Promise.race([current, this.#stopped.promise]);
      } catch (error) {
        if (!isTransient(error)) throw error;
      }
      await retryPause(this.#clock, failures, { firstMs: 100, maxMs: 5_000 }, this.#signal);
      if (this.#signal.aborted || !isCurrent()) return undefined;
      current = this.#queue(name, started, true).then((job) => job.result);
    }
  }

  /** Why a unit is not up after its start ended so, as a sentence. */
  async describeFailure(name: string, outcome: string): Promise<string> {
    const words: Readonly<Record<string, string>> = {
      done: 'it started, and then failed',
      failed: 'it failed to start',
      timeout: 'it did not start in time',
      dependency: 'a unit that it requires failed',
      canceled: 'its start was cancelled',
      skipped: 'a condition of it does not hold, so systemd skipped it',
      assert: 'an assertion of it does not hold',
    };
    const result = await this.#systemd.manager.unitProperty(name, 'Result').catch(() => undefined);
    const detail = typeof result === 'string' && result !== 'success' && result !== '' ? ` (${result})` : '';
    const what = words[outcome] ?? `its start job ended "${outcome}"`;
    return `${name}: ${what}${detail}; journalctl --unit ${name} on its machine says more.`;
  }

  /**
   * Queues a start. Asked `again` after the way to systemd broke, it looks first: what ran since and has
   * ended is not run twice. A start that is still under way, or over and well, answers a second one.
   */
  async #queue(
    name: string,
    { askedUs, verb }: Pick<Started, 'askedUs' | 'verb'>,
    again: boolean,
  ): Promise<{ readonly result: Promise<JobResult> }> {
    const ended = again ? await this.#systemd.endedSince(name, askedUs) : undefined;
    if (ended !== undefined) return { result: Promise.resolve(ended) };
    // What has begun since has been restarted: then only its end is waited for.
    const begun = again && verb === 'restart' && (await this.#systemd.begunSince(name, askedUs));
    return this.#systemd.manager.job(begun ? 'start' : verb, name);
  }
}
