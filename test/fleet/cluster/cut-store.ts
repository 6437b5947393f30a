// A store whose way to one daemon can be cut and mended. While it is cut the daemon's lease runs out.

import { type Lease, type Store, storeErrors, type WatchEvent } from '../../../src/store/index.ts';

export class Cut {
  #cut = false;
  #mended = Promise.withResolvers<void>();
  #broken = Promise.withResolvers<void>();
  readonly #leases = new Set<Lease>();

  async cut(): Promise<void> {
    this.#cut = true;
    this.#mended = Promise.withResolvers<void>();
    this.#broken.resolve();
    for (const lease of this.#leases) await lease.revoke();
    this.#leases.clear();
  }

  mend(): void {
    this.#cut = false;
    this.#broken = Promise.withResolvers<void>();
    this.#mended.resolve();
  }

  wrap(store: Store): Store {
    const check = async () => {
      if (this.#cut) throw storeErrors.error('unavailable', 'The store is cut off.');
    };
    return {
      description: store.description,
      maxOperations: store.maxOperations,
      get: async (key) => check().then(() => store.get(key)),
      range: async (range) => check().then(() => store.range(range)),
      head: async (range) => check().then(() => store.head(range)),
      remembers: async (revision) => check().then(() => store.remembers(revision)),
      transact: async (guards, operations) => check().then(() => store.transact(guards, operations)),
      grantLease: async (options) => {
        await check();
        const lease = await store.grantLease(options);
        this.#leases.add(lease);
        const lost = lease.lost.then(async (reason) => {
          if (this.#cut) await this.#mended.promise;
          return reason;
        });
        return { ...bound(lease), lost };
      },
      leaseTime: async (id) => check().then(() => store.leaseTime(id)),
      watch: (range, options) => this.#watch(store, range, options.signal),
      [Symbol.asyncDispose]: async () => {},
    };
  }

  async *#watch(
    store: Store,
    range: Parameters<Store['watch']>[0],
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent> {
    const aborted = new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    while (!signal.aborted) {
      const inner = new AbortController();
      const events = store
        .watch(range, { signal: AbortSignal.any([signal, inner.signal]) })
        [Symbol.asyncIterator]();
      const broken = this.#broken.promise.then(() => undefined);
      for (;;) {
        const event = await Promise.race([events.next(), broken]);
        if (event === undefined) break;
        if (event.done === true) return;
        yield event.value;
      }
      inner.abort();
      yield { kind: 'connection', connected: false, reason: 'it is cut off' };
      await Promise.race([this.#mended.promise, aborted]);
      if (!signal.aborted) yield { kind: 'connection', connected: true, reason: 'it is back' };
    }
  }
}

function bound(lease: Lease): Omit<Lease, 'lost'> {
  return {
    id: lease.id,
    ttlMs: lease.ttlMs,
    safeUntilMs: () => lease.safeUntilMs(),
    abandon: () => lease.abandon(),
    revoke: () => lease.revoke(),
  };
}
