// The stream of what happens in the cluster, one JSON value a line.

import type { Store, WatchEvent } from '../../store/index.ts';
import type { FleetEvent } from '../model.ts';
import type { Keys } from '../registry/keys.ts';
import type { Explain } from '../registry/status.ts';
import { Teller, type TellerOptions } from './event-teller.ts';

export interface EventOptions extends TellerOptions {
  readonly signal: AbortSignal;
  readonly pingMs: number;
  /** Go on after this revision, which the store must remember, instead of telling everything first. */
  readonly since?: number;
}

/** Tells everything that exists, or what changed since, then each change, until the signal aborts. */
export async function* fleetEvents(
  store: Store,
  keys: Keys,
  explain: Explain,
  options: EventOptions,
): AsyncIterable<FleetEvent> {
  const { since, pingMs } = options;
  const teller = new Teller(keys, explain, options);
  const away = await store.range(keys.ranges.away);
  teller.view.replace(keys.ranges.away, away.keyValues);
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  if (since !== undefined) {
    const { keyValues, revision } = await store.range(keys.ranges.cluster);
    yield* teller.resume(keyValues, revision, since);
  }
  const after = since === undefined ? {} : { after: since };
  const events = store.watch(keys.ranges.cluster, { signal, ...after })[Symbol.asyncIterator]();
  let next = events.next();
  let first = true;
  try {
    while (!signal.aborted) {
      const event = await orPing(next, Math.min(pingMs, teller.reasonsInMs()));
      if (event === 'ping') {
        if (teller.reasonsInMs() <= 0) yield* teller.tellWaiting();
        else yield { type: 'ping', revision: teller.revision };
        continue;
      }
      if (event.done === true) return;
      // It was forgotten after all: whoever asks again is told to begin anew.
      if (first && since !== undefined && event.value.kind === 'snapshot') return;
      first = first && event.value.kind === 'connection';
      next = events.next();
      yield* teller.tell(event.value);
    }
  } finally {
    ended.abort();
  }
}

async function orPing(
  next: Promise<IteratorResult<WatchEvent>>,
  pingMs: number,
): Promise<IteratorResult<WatchEvent> | 'ping'> {
  const { promise, resolve } = Promise.withResolvers<'ping'>();
  const timer = setTimeout(() => resolve('ping'), pingMs);
  try {
    return await Promise.race([next, promise]);
  } finally {
    clearTimeout(timer);
  }
}
