// Election of one leader among many: who creates the key leads, for as long as its lease holds the key.
//
// INVARIANTS
// - A leader acts only before `safeUntilMs()`: measured on its own clock, that ends before the store lets
//   the lease run out, so that two never lead at once.
// - What a leader writes, it writes under `guard`: then even a process that was stopped in between (SIGSTOP,
//   a suspended machine) cannot write after its successor began.

import { type Clock, retryPause, systemClock } from '../host/index.ts';
import { storeErrors } from './errors.ts';
import type { Guard, KeyRange, Lease, Revision, Store } from './model.ts';

export interface Leadership {
  readonly key: string;
  /** Holds while we lead: put it into every transaction that only the leader may do. */
  readonly guard: Guard;
  /** Fulfils (never rejects) when it is over; stop acting before anything else. */
  readonly lost: Promise<{ readonly reason: string }>;
  /** Milliseconds (of the clock) until which we may act as leader; negative infinity when it is over. */
  safeUntilMs(): number;
  /** Gives it up at once, so that another can lead; the lease stays. */
  resign(): Promise<void>;
}

export interface CampaignOptions {
  readonly store: Store;
  readonly key: string;
  /** Who we are, for those who look. */
  readonly value: string;
  /** Must be alive for as long as we want to lead. */
  readonly lease: Lease;
  /** Ends the campaign. It does not end a leadership: that is `resign`. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/**
 * Waits until we lead. A key that already hangs on our lease (of an earlier run) is ours at once.
 * Rejects with the signal's reason when aborted, and with `store.unavailable` when the lease is lost
 * before; a store that does not answer is waited for.
 */
export async function campaign(options: CampaignOptions): Promise<Leadership> {
  const { store, key, lease, signal } = options;
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  void lease.lost.then(({ reason }) => {
    const message = `The lease ${lease.id} for the election ${key} is gone: ${reason}.`;
    over.abort(storeErrors.error('unavailable', message));
  });
  for (let failures = 0; ; ) {
    stop.throwIfAborted();
    try {
      const revision = await claim(options);
      if (revision !== undefined) {
        const leadership = lead(options, revision);
        if (!signal.aborted) return leadership;
        await leadership.resign();
        continue;
      }
      await untilDeleted(store, key, stop);
      failures = 0;
    } catch (error) {
      stop.throwIfAborted();
      if (!storeErrors.is(error, 'unavailable')) throw error;
      const clock = options.clock ?? systemClock;
      await retryPause(clock, failures++, { firstMs: 100, maxMs: 5000 }, stop);
    }
  }
}

/** Creates the key; its revision when it is ours, undefined when it is another's. */
async function claim({ store, key, value, lease }: CampaignOptions): Promise<Revision | undefined> {
  const put = { kind: 'put', key, value, lease: lease.id } as const;
  const { committed, revision } = await store.transact([{ key, modRevision: 0 }], [put]);
  if (committed) return revision;
  const holder = await store.get(key);
  return holder?.lease === lease.id ? holder.modRevision : undefined;
}

async function untilDeleted(store: Store, key: string, signal: AbortSignal): Promise<void> {
  for await (const event of store.watch(only(key), { signal })) {
    if (event.kind === 'snapshot' && event.keyValues.length === 0) return;
    if (event.kind === 'changes' && event.changes.at(-1)?.kind === 'delete') return;
  }
}

function lead(options: CampaignOptions, revision: Revision): Leadership {
  const { store, key, lease } = options;
  const clock = options.clock ?? systemClock;
  const over = new AbortController();
  const lost = Promise.withResolvers<{ readonly reason: string }>();
  let cancelTimer = () => {};
  const end = (reason: string) => {
    if (over.signal.aborted) return;
    over.abort();
    cancelTimer();
    lost.resolve({ reason });
  };
  const watchTime = () => {
    if (over.signal.aborted) return;
    const left = lease.safeUntilMs() - clock.now();
    if (left <= 0) end('the lease could not be kept alive in time');
    else cancelTimer = clock.after(left, watchTime);
  };
  void lease.lost.then(({ reason }) => end(`its lease is gone: ${reason}`));
  void untilTaken(store, key, revision, over.signal).then((reason) => end(reason));
  watchTime();
  return {
    key,
    guard: { key, modRevision: revision },
    lost: lost.promise,
    safeUntilMs: () => (over.signal.aborted ? Number.NEGATIVE_INFINITY : lease.safeUntilMs()),
    async resign() {
      end('it was given up');
      await store.transact([{ key, modRevision: revision }], [{ kind: 'delete', key }]);
    },
  };
}

/** Waits until the key is no longer what we made it; fulfils with why. */
async function untilTaken(
  store: Store,
  key: string,
  revision: Revision,
  signal: AbortSignal,
): Promise<string> {
  try {
    for await (const event of store.watch(only(key), { signal, after: revision })) {
      if (event.kind === 'snapshot' && event.keyValues[0]?.modRevision !== revision)
        return `the key ${key} is no longer ours`;
      if (event.kind === 'changes') return `the key ${key} was deleted or overwritten`;
    }
    return 'the store was closed';
  } catch (error) {
    return `the key ${key} cannot be watched: ${String(error)}`;
  }
}

function only(key: string): KeyRange {
  return { from: key, to: `${key}\0` };
}
