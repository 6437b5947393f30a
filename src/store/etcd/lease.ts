// A lease of etcd, kept alive three times within its time to live.

import { backoffMs } from '../../host/index.ts';
import { storeErrors } from '../errors.ts';
import type { Lease, LeaseId } from '../model.ts';
import type { Answer, Cluster } from './cluster.ts';
import { integerOf } from './wire.ts';

/** Asks etcd to count the lease's time anew; what is left of it in ms, 0 when it is gone. */
export async function keepAlive(
  cluster: Cluster,
  id: LeaseId,
  signal?: AbortSignal,
): Promise<{ readonly ttlMs: number; readonly sentMs: number }> {
  const answer: Answer = await cluster.call({
    path: '/v3/lease/keepalive',
    body: () => ({ ID: id }),
    effect: 'repeatable',
    urgent: true,
    ...(signal === undefined ? {} : { signal }),
  });
  return { ttlMs: integerOf(answer.message.TTL) * 1000, sentMs: answer.sentMs };
}

export class EtcdLease implements Lease {
  readonly id: LeaseId;
  readonly ttlMs: number;
  readonly lost: Promise<{ readonly reason: string }>;
  readonly #cluster: Cluster;
  readonly #stop = new AbortController();
  readonly #lost = Promise.withResolvers<{ readonly reason: string }>();
  #safeUntilMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** A lease that etcd confirmed to a request sent at `sentMs`. */
  constructor(cluster: Cluster, id: LeaseId, ttlMs: number, sentMs: number) {
    this.#cluster = cluster;
    this.id = id;
    this.ttlMs = ttlMs;
    this.lost = this.#lost.promise;
    this.#safeUntilMs = sentMs + ttlMs;
    cluster.closed.addEventListener('abort', () => this.abandon(), { once: true, signal: this.#stop.signal });
    this.#renewAfter(ttlMs / 3, 0);
  }

  safeUntilMs(): number {
    return this.#safeUntilMs;
  }

  abandon(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(new Error('abandoned'));
    clearTimeout(this.#timer);
    const left = Math.max(0, this.#safeUntilMs - performance.now());
    setTimeout(() => this.#lose('it was abandoned and ran out'), left).unref();
  }

  async revoke(): Promise<void> {
    this.#stop.abort(new Error('revoked'));
    clearTimeout(this.#timer);
    try {
      await this.#cluster.call({
        path: '/v3/lease/revoke',
        body: () => ({ ID: this.id }),
        effect: 'repeatable',
        urgent: true,
      });
    } catch (error) {
      // Not found: somebody else, or an earlier try of ours, did it.
      if (!storeErrors.is(error, 'invalid')) throw error;
    }
    this.#lose('it was revoked');
  }

  #lose(reason: string): void {
    this.#safeUntilMs = Number.NEGATIVE_INFINITY;
    this.#stop.abort(new Error(reason));
    this.#lost.resolve({ reason });
  }

  #renewAfter(ms: number, failures: number): void {
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => void this.#renew(failures), ms);
    this.#timer.unref();
  }

  async #renew(failures: number): Promise<void> {
    try {
      const { ttlMs, sentMs } = await keepAlive(this.#cluster, this.id, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      if (ttlMs <= 0) return this.#lose('etcd no longer knows it: it ran out, or was revoked');
      this.#safeUntilMs = Math.max(this.#safeUntilMs, sentMs + ttlMs);
      this.#renewAfter(ttlMs / 3, 0);
    } catch {
      // Past the safe time too: etcd may be down as a whole, and then counts anew when it is back.
      const wait = backoffMs(failures, { firstMs: 200, maxMs: Math.max(200, this.ttlMs / 3) });
      this.#renewAfter(wait, failures + 1);
    }
  }
}
