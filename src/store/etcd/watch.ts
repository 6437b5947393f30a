// A watch on etcd that outlives the connection, the endpoint, the leader and compaction.
//
// INVARIANTS
// - `last` is the revision up to which the reader knows all; a stream always begins at last + 1.
// - A snapshot is the range at one revision, and becomes `last`; so nothing is between it and the stream.
// - Nothing that a stream said is repeated, and nothing is skipped without a snapshot.

import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../../host/index.ts';
import { storeErrors } from '../errors.ts';
import type { KeyRange, KeyValue, Revision, WatchEvent, WatchOptions } from '../model.ts';
import type { Cluster } from './cluster.ts';
import { EndpointFailure } from './failure.ts';
import {
  changeOf,
  clusterOf,
  integerOf,
  keyValueOf,
  type Message,
  messageOf,
  messagesOf,
  rangeMessage,
  revisionOf,
} from './wire.ts';

// How often to ask whether a silent watch is silent because nothing happens.
const checkEveryMs = 30_000;
// How long a change may take from the store's state to its watch before that counts as stuck.
const graceMs = 2000;

interface Head {
  readonly revision: Revision;
  /** The newest change that is still visible in the range. */
  readonly newest: Revision;
  readonly count: number;
  readonly cluster: string;
}

/** The state of a range, read through a quorum. */
export async function readRange(
  cluster: Cluster,
  range: KeyRange,
  signal?: AbortSignal,
): Promise<{
  readonly keyValues: readonly KeyValue[];
  readonly revision: Revision;
  readonly cluster: string;
}> {
  const { message } = await cluster.call({
    path: '/v3/kv/range',
    body: () => rangeMessage(range),
    effect: 'none',
    ...(signal === undefined ? {} : { signal }),
  });
  return {
    keyValues: messagesOf(message.kvs).map(keyValueOf),
    revision: revisionOf(message),
    cluster: clusterOf(message),
  };
}

/** The newest change that is visible in a range, and how many keys are. */
export async function readHead(
  cluster: Cluster,
  range: KeyRange,
  how: {
    readonly urgent?: boolean;
    readonly signal?: AbortSignal;
    readonly endpoint?: URL | undefined;
  } = {},
): Promise<Head> {
  const { urgent = false, signal, endpoint } = how;
  const { message } = await cluster.call({
    path: '/v3/kv/range',
    body: () => ({
      ...rangeMessage(range),
      limit: '1',
      keys_only: true,
      sort_target: 'MOD',
      sort_order: 'DESCEND',
    }),
    effect: 'none',
    urgent,
    ...(signal === undefined ? {} : { signal }),
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  const [newest] = messagesOf(message.kvs);
  return {
    revision: revisionOf(message),
    newest: integerOf(messageOf(newest).mod_revision),
    count: integerOf(message.count),
    cluster: clusterOf(message),
  };
}

/** One watch; iterate over `events()` once. */
export class Watch {
  readonly #cluster: Cluster;
  readonly #range: KeyRange;
  readonly #signal: AbortSignal;
  #last: Revision | undefined;
  #clusterId: string | undefined;
  #connected = true;
  /** Failures since something last worked. */
  #failures = 0;

  constructor(cluster: Cluster, range: KeyRange, options: WatchOptions) {
    this.#cluster = cluster;
    this.#range = range;
    this.#signal = AbortSignal.any([options.signal, cluster.closed]);
    this.#last = options.after;
  }

  async *events(): AsyncGenerator<WatchEvent, void, void> {
    let resumed = this.#last !== undefined;
    while (!this.#signal.aborted) {
      try {
        if (resumed) await this.#forgetIfStrange();
        if (this.#last === undefined) yield* this.#snapshot();
        resumed = true;
        yield* this.#follow();
      } catch (cause) {
        if (this.#signal.aborted) return;
        const reason = cause instanceof Error ? cause.message : String(cause);
        // One endpoint lost is no news while another may do.
        if (this.#failures++ >= this.#cluster.size - 1 || storeErrors.is(cause)) {
          if (this.#connected) yield { kind: 'connection', connected: false, reason };
          this.#connected = false;
        }
        if (this.#failures > 1) await this.#pause();
      }
    }
  }

  async *#snapshot(): AsyncGenerator<WatchEvent, void, void> {
    const { keyValues, revision, cluster } = await readRange(this.#cluster, this.#range, this.#signal);
    yield* this.#working();
    this.#last = revision;
    this.#clusterId = cluster;
    yield { kind: 'snapshot', keyValues, revision };
  }

  /** Delivers what the stream from `last` + 1 says, until that ends. */
  async *#follow(): AsyncGenerator<WatchEvent, void, void> {
    const { endpoint, moved } = this.#cluster;
    const guard = new AbortController();
    const signal = AbortSignal.any([this.#signal, guard.signal, moved]);
    const stopChecking = this.#checkSilence(endpoint, guard, signal);
    const request = {
      create_request: {
        ...rangeMessage(this.#range),
        start_revision: String((this.#last ?? 0) + 1),
        progress_notify: true,
      },
    };
    try {
      for await (const message of this.#cluster.stream('/v3/watch', request, endpoint, signal)) {
        if (integerOf(message.compact_revision) > 0) {
          this.#last = undefined;
          return;
        }
        if (message.canceled === true) {
          this.#cluster.forgetToken();
          throw new Error(`etcd ended the watch: ${String(message.cancel_reason ?? 'it does not say why')}`);
        }
        yield* this.#working();
        yield* this.#deliver(message);
      }
      throw new Error(`etcd at ${endpoint.host} ended the watch`);
    } catch (cause) {
      // Over another connection it goes on from where it is.
      if (moved.aborted) return;
      if (cause instanceof EndpointFailure && cause.failure.kind === 'compacted') {
        this.#last = undefined;
        return;
      }
      if (cause instanceof EndpointFailure && cause.failure.kind === 'token') this.#cluster.forgetToken();
      this.#cluster.leave(endpoint);
      throw guard.signal.aborted ? guard.signal.reason : cause;
    } finally {
      stopChecking();
      guard.abort();
    }
  }

  *#deliver(message: Message): Generator<WatchEvent, void, void> {
    const changes = messagesOf(message.events).map(changeOf);
    const revision = revisionOf(message);
    // An answer to the creation carries the revision of the moment, not one that we have been told up to.
    if (message.created === true || (this.#last !== undefined && revision <= this.#last)) return;
    this.#last = revision;
    if (changes.length > 0) yield { kind: 'changes', changes, revision };
  }

  *#working(): Generator<WatchEvent, void, void> {
    this.#failures = 0;
    if (this.#connected) return;
    this.#connected = true;
    yield { kind: 'connection', connected: true, reason: 'etcd answers again' };
  }

  /**
   * Breaks the stream when its endpoint does not answer, or knows of changes that it never told. Ends with
   * the signal: a reader that stopped reading never comes back to end it.
   */
  #checkSilence(endpoint: URL, guard: AbortController, signal: AbortSignal): () => void {
    let checking = false;
    const check = async () => {
      if (checking) return;
      checking = true;
      try {
        const head = await this.#head(signal, endpoint);
        if (head.newest <= (this.#last ?? 0) && head.revision >= (this.#last ?? 0)) return;
        await sleep(graceMs, undefined, { signal });
        if (head.newest > (this.#last ?? 0) || head.revision < (this.#last ?? 0))
          guard.abort(new Error(`the watch at ${endpoint.host} is stuck`));
      } catch (cause) {
        if (!signal.aborted) guard.abort(cause);
      } finally {
        checking = false;
      }
    };
    const timer = setInterval(() => void check(), checkEveryMs);
    const forget = this.#cluster.onSuspicion((suspect) => {
      if (suspect === endpoint) void check();
    });
    const stop = () => {
      clearInterval(timer);
      forget();
      signal.removeEventListener('abort', stop);
    };
    signal.addEventListener('abort', stop, { once: true });
    return stop;
  }

  /** A store restored from a backup counts differently: then what we know is worth nothing. */
  async #forgetIfStrange(): Promise<void> {
    if (this.#last === undefined) return;
    const head = await this.#head(this.#signal);
    const other = this.#clusterId !== undefined && this.#clusterId !== head.cluster;
    this.#clusterId = head.cluster;
    if (other || head.revision < this.#last) this.#last = undefined;
  }

  #head(signal: AbortSignal, endpoint?: URL): Promise<Head> {
    return readHead(this.#cluster, this.#range, { urgent: true, signal, endpoint });
  }

  async #pause(): Promise<void> {
    const ms = backoffMs(this.#failures - 2, { firstMs: 100, maxMs: 5000 });
    await sleep(ms, undefined, { signal: this.#signal }).catch(() => {});
  }
}
