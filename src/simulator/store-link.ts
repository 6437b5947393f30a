// One daemon's way to the store: it takes time, can be cut at any moment, and then nobody knows whether what
// was under way has been done. As etcd's client it says when it is cut off, and catches up afterwards.

import { type Clock, pause } from '../host/index.ts';
import {
  type KeyRange,
  type Lease,
  type LeaseOptions,
  type Store,
  storeErrors,
  type WatchEvent,
  type WatchOptions,
} from '../store/index.ts';
import type { Random } from './random.ts';

export interface LinkOptions {
  readonly store: Store;
  /** The daemon's own: held when the process is. */
  readonly clock: Clock;
  readonly random: Random;
  readonly counts: LinkCounts;
}

/** What all links together asked of the store. */
export interface LinkCounts {
  requests: number;
  transactions: number;
  operations: number;
  events: number;
}

const wayMs = { least: 1, most: 4 };
/** How soon a call learns that nobody answers, and a watch. */
const deafMs = { least: 20, most: 2_000 };
const noticeMs = { least: 0, most: 3_000 };

export class StoreLink implements Store {
  readonly maxOperations: number;
  readonly description = 'the simulated store';
  readonly #options: LinkOptions;
  readonly #leases = new Set<LinkLease>();
  readonly #dead = new AbortController();
  #isUp = true;
  /** Counts cuts: what was begun before one is never answered. */
  #cuts = 0;
  #cut = Promise.withResolvers<void>();
  #mended = Promise.withResolvers<void>();

  constructor(options: LinkOptions) {
    this.#options = options;
    this.maxOperations = options.store.maxOperations;
  }

  /** Breaks the way. `leasesRunOut`: it is this daemon that is cut off, not the store that is away. */
  cut(leasesRunOut: boolean): void {
    for (const lease of this.#leases) lease.unreachable(leasesRunOut);
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#cuts++;
    this.#mended = Promise.withResolvers();
    this.#cut.resolve();
  }

  mend(): void {
    if (this.#isUp || this.#dead.signal.aborted) return;
    this.#isUp = true;
    this.#cut = Promise.withResolvers();
    this.#mended.resolve();
    for (const lease of this.#leases) lease.reachable();
  }

  /** The process is gone: nothing is asked or heard any more, and nobody keeps its leases. */
  kill(): void {
    this.cut(true);
    this.#dead.abort();
    this.#mended.resolve();
  }

  get(key: string) {
    return this.#call((store) => store.get(key));
  }

  range(range: KeyRange) {
    return this.#call((store) => store.range(range));
  }

  head(range: KeyRange) {
    return this.#call((store) => store.head(range));
  }

  remembers(revision: number) {
    return this.#call((store) => store.remembers(revision));
  }

  transact(guards: Parameters<Store['transact']>[0], operations: Parameters<Store['transact']>[1]) {
    this.#options.counts.transactions++;
    this.#options.counts.operations += operations.length;
    return this.#call((store) => store.transact(guards, operations));
  }

  async grantLease(options: LeaseOptions): Promise<Lease> {
    const { store, clock } = this.#options;
    const held = await this.#call(() => store.grantLease(options));
    const lease = new LinkLease({
      held,
      clock,
      isUp: () => this.#isUp,
      again: () => store.grantLease({ ttlMs: held.ttlMs, adopt: held.id }),
      revoke: (current) => this.#call(() => current.revoke()),
    });
    this.#leases.add(lease);
    void lease.lost.then(() => this.#leases.delete(lease));
    return lease;
  }

  leaseTime(id: string) {
    return this.#call((store) => store.leaseTime(id));
  }

  async *watch(range: KeyRange, options: WatchOptions): AsyncGenerator<WatchEvent, void, void> {
    const { store, counts, clock, random } = this.#options;
    const signal = AbortSignal.any([options.signal, this.#dead.signal]);
    const aborted = untilAborted(signal);
    let after = options.after;
    let connected = true;
    while (!signal.aborted) {
      if (this.#isUp) {
        const over = new AbortController();
        const place = { signal: AbortSignal.any([signal, over.signal]) };
        const events = store.watch(range, after === undefined ? place : { ...place, after });
        const reader = events[Symbol.asyncIterator]();
        if (!connected) yield { kind: 'connection', connected: true, reason: 'The store answers again.' };
        connected = true;
        for (const cut = this.#cut.promise; this.#isUp; ) {
          const next = await Promise.race([reader.next(), cut, aborted]);
          if (next === undefined || next.done === true) break;
          const cuts = this.#cuts;
          await this.#way();
          if (signal.aborted || cuts !== this.#cuts) break;
          if (next.value.kind !== 'connection') after = next.value.revision;
          counts.events += next.value.kind === 'changes' ? next.value.changes.length : 1;
          yield next.value;
        }
        over.abort();
      }
      if (signal.aborted) return;
      // A watch that nobody answers is silent at first.
      await pause(clock, random.between(noticeMs.least, noticeMs.most), signal);
      if (!this.#isUp && !signal.aborted) {
        if (connected) yield { kind: 'connection', connected: false, reason: 'The store does not answer.' };
        connected = false;
        await Promise.race([this.#mended.promise, aborted]);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #call<Result>(work: (store: Store) => Promise<Result>): Promise<Result> {
    const { store, clock, random, counts } = this.#options;
    counts.requests++;
    const cuts = this.#cuts;
    await this.#way();
    if (!this.#isUp) {
      await pause(clock, random.between(deafMs.least, deafMs.most), this.#dead.signal);
      throw storeErrors.error('unavailable', 'The store did not answer; nothing was changed.');
    }
    const result = await work(store);
    await this.#way();
    if (cuts !== this.#cuts)
      throw storeErrors.error('unavailable', 'The store broke off; it may or may not have done it.');
    return result;
  }

  async #way(): Promise<void> {
    const { clock, random } = this.#options;
    await pause(clock, random.between(wayMs.least, wayMs.most), this.#dead.signal);
  }
}

interface LinkLeaseOptions {
  readonly held: Lease;
  readonly clock: Clock;
  readonly isUp: () => boolean;
  /** Keeps it alive again, if it still lives. */
  readonly again: () => Promise<Lease>;
  readonly revoke: (current: Lease) => Promise<void>;
}

/** A lease as its holder knows it: that it has run out is learned only from the store. */
class LinkLease implements Lease {
  readonly id: string;
  readonly ttlMs: number;
  readonly lost: Promise<{ readonly reason: string }>;
  readonly #options: LinkLeaseOptions;
  readonly #lost = Promise.withResolvers<{ readonly reason: string }>();
  #held: Lease;
  #gone: { readonly reason: string } | undefined;
  #told = false;
  #runsOut = false;
  /** Until when it surely lives, while the store cannot be asked. */
  #safeUntilMs: number | undefined;

  constructor(options: LinkLeaseOptions) {
    this.#options = options;
    this.#held = options.held;
    this.id = options.held.id;
    this.ttlMs = options.held.ttlMs;
    this.lost = this.#lost.promise;
    void this.#held.lost.then((end) => {
      this.#gone = end;
      if (options.isUp()) this.#tell();
    });
  }

  safeUntilMs(): number {
    if (this.#told) return Number.NEGATIVE_INFINITY;
    return this.#safeUntilMs ?? this.#options.clock.now() + this.ttlMs;
  }

  abandon(): void {
    this.#safeUntilMs ??= this.#options.clock.now() + this.ttlMs;
    this.#runsOut = true;
    this.#held.abandon();
  }

  async revoke(): Promise<void> {
    await this.#options.revoke(this.#held);
    this.#tell();
  }

  unreachable(runsOut: boolean): void {
    this.#safeUntilMs ??= this.#options.clock.now() + this.ttlMs;
    if (!runsOut || this.#runsOut) return;
    this.#runsOut = true;
    this.#held.abandon();
  }

  reachable(): void {
    if (this.#gone !== undefined) this.#tell();
    else if (this.#runsOut) void this.#options.again().then((held) => this.#renew(held));
    else this.#safeUntilMs = undefined;
  }

  #renew(held: Lease): void {
    // It ended in this very moment, and what was granted is another one.
    if (held.id !== this.id) return void held.revoke();
    this.#held = held;
    this.#runsOut = false;
    this.#safeUntilMs = undefined;
  }

  #tell(): void {
    this.#told = true;
    this.#lost.resolve(this.#gone ?? { reason: 'it was revoked' });
  }
}

function untilAborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
