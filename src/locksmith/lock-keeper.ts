// What locksmithd has of the reboot lock: looks for it, takes it, gives it back, follows it while others have it.
// Trouble with it is told and waited for, never thrown.

import { backoffMs, type Clock, CodedError } from '../host/index.ts';
import type { Facts } from './decide.ts';
import { locksmithErrors } from './errors.ts';
import type { Log } from './log.ts';
import type { Claim, Held, RebootLock } from './semaphore/model.ts';

export interface KeeperParts {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Opens the lock; without one the strategy has none. */
  readonly openLock: (() => Promise<RebootLock>) | undefined;
  /** Whether the lock is only to be given back, if it is held from before. */
  readonly releaseOnly: boolean;
  readonly claim: () => Claim;
  /** Called when a place may have become free. */
  readonly onChange: () => void;
  readonly log: Log;
}

interface Trouble {
  readonly text: string;
  readonly untilMs: number;
}

const backoff = { firstMs: 10_000, maxMs: 300_000 };

export class LockKeeper implements AsyncDisposable {
  readonly #parts: KeeperParts;
  #lock: RebootLock | undefined;
  #held: Held | undefined;
  #state: Facts['lock'];
  #trouble: Trouble | undefined;
  #failures = 0;
  #announced: AsyncDisposable | undefined;
  #watching: AbortController | undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#state = parts.openLock === undefined ? 'none' : 'unknown';
  }

  get state(): Facts['lock'] {
    return this.#state;
  }

  /** What it said when it was asked last, and when it is asked again. */
  get trouble(): Trouble | undefined {
    return this.#trouble;
  }

  /** Whether this machine has it from before its boot, or before its daemon's. */
  async look(): Promise<void> {
    await this.#with('look for', async (lock) => {
      this.#held = await lock.resume(this.#parts.claim());
      this.#state = this.#held === undefined ? this.#freeState() : 'held-from-before';
    });
  }

  async acquire(): Promise<void> {
    const { log, claim } = this.#parts;
    await this.#with('take', async (lock) => {
      this.#held = await lock.acquire(claim());
      this.#state = 'held';
      await this.quiet();
      const token = this.#held.token === undefined ? '' : ` (token ${this.#held.token})`;
      log('info', `This machine has the reboot lock of ${lock.description}${token}.`);
      for (const { id, name, since } of this.#held.freed) {
        log(
          'warning',
          `The place that ${name ?? id} (${id}) had had since ${since} was free: that machine has died.`,
        );
      }
    });
  }

  async release(why: string): Promise<void> {
    const { log, claim } = this.#parts;
    await this.#with('give back', async (lock) => {
      const had = await lock.release(claim().id);
      this.lose();
      if (had) log('info', `The reboot lock is given back: ${why}.`);
    });
  }

  /** Throws `locksmith.lost` when somebody took it from us, `.unavailable` when that cannot be learned. */
  async confirm(): Promise<void> {
    await this.#held?.confirm();
  }

  /** It is ours no more. */
  lose(): void {
    this.#held?.leave();
    this.#held = undefined;
    this.#state = this.#freeState();
  }

  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  /** Nobody is told any more that we wait, and changes are not followed. */
  async quiet(): Promise<void> {
    this.#watching?.abort();
    this.#watching = undefined;
    const announced = this.#announced;
    this.#announced = undefined;
    await announced?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.quiet();
      await this.#lock?.[Symbol.asyncDispose]();
    } catch (error) {
      this.#parts.log('warning', error instanceof Error ? error.message : String(error));
    }
  }

  /** Trouble is told and waited for; a lock that is full is followed. */
  async #with(what: string, work: (lock: RebootLock) => Promise<void>): Promise<void> {
    const { openLock, now, clock, log } = this.#parts;
    try {
      this.#lock ??= await openLock?.();
      if (this.#lock === undefined) throw locksmithErrors.error('config', 'This strategy has no lock.');
      await work(this.#lock);
      this.#failures = 0;
      this.#trouble = undefined;
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      const waitMs = backoffMs(this.#failures++, backoff, clock.random);
      const hint = error.hint === undefined ? '' : ` ${error.hint}`;
      const text = `${error.message.replace(/\.?$/, '.')}${hint}`;
      this.#trouble = { text, untilMs: now() + waitMs };
      const isFull = locksmithErrors.is(error, 'full');
      if (isFull) await this.#follow();
      if (locksmithErrors.is(error, 'api')) await this.#close();
      if (!isFull || this.#failures === 1) {
        log(
          isFull ? 'info' : 'warning',
          `Cannot ${what} the reboot lock: ${text} Next try in ${Math.round(waitMs / 1000)} s.`,
        );
      }
    }
  }

  /** The cluster keeps it elsewhere now: it is opened, and looked for, anew. */
  async #close(): Promise<void> {
    const lock = this.#lock;
    this.#lock = undefined;
    this.#held?.leave();
    this.#held = undefined;
    this.#state = 'unknown';
    await this.quiet();
    await lock?.[Symbol.asyncDispose]();
  }

  /** Lets others see that we wait, and looks again as soon as anything changes. */
  async #follow(): Promise<void> {
    const lock = this.#lock;
    if (lock === undefined) return;
    const { claim, onChange, log } = this.#parts;
    try {
      this.#announced ??= await lock.announce(claim());
    } catch (error) {
      log(
        'warning',
        `That this machine waits cannot be told: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    if (this.#watching !== undefined || lock.untilFreed === undefined) return;
    const watching = new AbortController();
    this.#watching = watching;
    void lock.untilFreed(watching.signal).then(() => {
      if (watching.signal.aborted) return;
      this.#watching = undefined;
      this.#trouble = undefined;
      onChange();
    });
  }

  #freeState(): Facts['lock'] {
    return this.#parts.releaseOnly ? 'none' : 'free';
  }
}
