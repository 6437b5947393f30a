// The leases of an embedded store. While the process that holds one lives, it lives; once nobody keeps it,
// it runs out by the monotonic clock. A reopened store gives each lease its full time again: how long the
// store was closed is unknown to a clock that does not jump.

import type { Clock } from '../../host/index.ts';
import type { Lease, LeaseId, LeaseTime } from '../model.ts';

const retryMs = 1000;

interface Entry {
  readonly id: LeaseId;
  readonly ttlMs: number;
  readonly lost: PromiseWithResolvers<{ readonly reason: string }>;
  /** Handles that keep it alive. */
  readonly keepers: Set<symbol>;
  /** When it runs out, once nobody keeps it. */
  deadlineMs: number;
}

export class Leases {
  readonly #entries = new Map<LeaseId, Entry>();
  readonly #clock: Clock;
  readonly #remove: (id: LeaseId) => Promise<void>;
  #cancelTimer: () => void = () => {};
  #closedMs = Number.POSITIVE_INFINITY;

  /** `remove` takes the lease and its keys out of the tables. */
  constructor(clock: Clock, remove: (id: LeaseId) => Promise<void>) {
    this.#clock = clock;
    this.#remove = remove;
  }

  has(id: LeaseId): boolean {
    return this.#entries.has(id);
  }

  /** How long it has to live. */
  time(id: LeaseId): LeaseTime | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const { ttlMs, keepers, deadlineMs } = entry;
    return { ttlMs, leftMs: keepers.size > 0 ? ttlMs : Math.max(0, deadlineMs - this.#clock.now()) };
  }

  /** Takes a lease of the tables into account; it runs out unless somebody holds it. */
  add(id: LeaseId, ttlMs: number): void {
    this.#entries.set(id, {
      id,
      ttlMs,
      lost: Promise.withResolvers(),
      keepers: new Set(),
      deadlineMs: this.#clock.now() + ttlMs,
    });
    this.#schedule();
  }

  /** A handle that keeps the lease alive until it is abandoned. The lease must be known. */
  hold(id: LeaseId): Lease {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new RangeError(`There is no lease ${id}.`);
    const keeper = Symbol(id);
    entry.keepers.add(keeper);
    let lastMs = Number.POSITIVE_INFINITY;
    return {
      id,
      ttlMs: entry.ttlMs,
      lost: entry.lost.promise,
      safeUntilMs: () => {
        if (!this.#entries.has(id)) return Number.NEGATIVE_INFINITY;
        return Math.min(lastMs, Math.min(this.#closedMs, this.#clock.now()) + entry.ttlMs);
      },
      abandon: () => {
        if (!entry.keepers.delete(keeper)) return;
        lastMs = this.#clock.now() + entry.ttlMs;
        entry.deadlineMs = lastMs;
        this.#schedule();
      },
      revoke: async () => {
        entry.keepers.delete(keeper);
        await this.#end(entry, 'it was revoked');
      },
    };
  }

  /** Stops the clock for all leases; they stay in the tables. */
  close(): void {
    this.#closedMs = this.#clock.now();
    this.#cancelTimer();
  }

  async #end(entry: Entry, reason: string): Promise<void> {
    if (!this.#entries.has(entry.id)) return;
    await this.#remove(entry.id);
    this.#entries.delete(entry.id);
    entry.lost.resolve({ reason });
  }

  #schedule(): void {
    this.#cancelTimer();
    if (this.#closedMs !== Number.POSITIVE_INFINITY) return;
    const deadlines = this.#unkept().map((entry) => entry.deadlineMs);
    if (deadlines.length === 0) return;
    const wait = Math.max(0, Math.min(...deadlines) - this.#clock.now());
    this.#cancelTimer = this.#clock.after(wait, () => void this.#expire());
  }

  async #expire(): Promise<void> {
    const now = this.#clock.now();
    for (const entry of this.#unkept().filter((each) => each.deadlineMs <= now)) {
      try {
        await this.#end(entry, `it ran out after ${entry.ttlMs / 1000} s without anyone keeping it`);
      } catch {
        // The disk is full or failing; whoever writes next is told. The lease stays until it can go.
        entry.deadlineMs = this.#clock.now() + retryMs;
      }
    }
    this.#schedule();
  }

  #unkept(): Entry[] {
    return [...this.#entries.values()].filter((entry) => entry.keepers.size === 0);
  }
}
