// Reads of the whole cluster for those who ask often: kept in memory by a watch while somebody asks, and answered
// only when the store itself says that it is still so.
//
// INVARIANTS
// - What is answered is at least as new as the store was when the question came: a question after a write sees it.
// - A watch that is late, cut off or stuck makes a question slower, never wrong.
// - Nobody asks: no watch, and nothing kept.

import type { KeyRange, RangeHead, Revision, Store, WatchEvent } from '../../store/index.ts';
import type { Keys } from './keys.ts';
import { type ClusterSnapshot, readCluster } from './read.ts';
import { ClusterView } from './view.ts';

export interface ClusterReaderOptions {
  /** After so long without a question nothing is kept. Default 30,000. */
  readonly idleMs?: number;
  /** The watch may be so much later than the store. Default 100. */
  readonly lateMs?: number;
}

export class ClusterReader implements Disposable {
  readonly #store: Store;
  readonly #keys: Keys;
  readonly #idleMs: number;
  readonly #lateMs: number;
  #kept: KeptCluster | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Store, keys: Keys, { idleMs = 30_000, lateMs = 100 }: ClusterReaderOptions = {}) {
    this.#store = store;
    this.#keys = keys;
    this.#idleMs = idleMs;
    this.#lateMs = lateMs;
  }

  /** The cluster as it is. The view may change later: what is made of it is to be made at once. */
  async read(): Promise<ClusterSnapshot> {
    this.#kept ??= new KeptCluster(this.#store, this.#keys);
    this.#timer ??= setTimeout(() => this[Symbol.dispose](), this.#idleMs).unref();
    this.#timer.refresh();
    return (await this.#kept.current(this.#lateMs)) ?? readCluster(this.#store, this.#keys);
  }

  /** Keeps nothing; another question begins anew. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#kept?.stop();
    this.#kept = undefined;
  }
}

class KeptCluster {
  readonly #store: Store;
  readonly #range: KeyRange;
  readonly #away: KeyRange;
  readonly #view: ClusterView;
  readonly #stopped = new AbortController();
  /** When each key was changed last. */
  readonly #changed = new Map<string, Revision>();
  /** Everything up to here is in the view; 0 while nothing is. */
  #revision: Revision = 0;
  #news = Promise.withResolvers<void>();

  constructor(store: Store, keys: Keys) {
    this.#store = store;
    this.#range = keys.ranges.cluster;
    this.#away = keys.ranges.away;
    this.#view = new ClusterView(keys);
    void this.#follow().catch(() => {});
  }

  stop(): void {
    this.#stopped.abort();
    this.#news.resolve();
  }

  /** The view once it is as new as the store is now; undefined when it is not within that time. */
  async current(lateMs: number): Promise<ClusterSnapshot | undefined> {
    if (this.#revision === 0) return undefined;
    const [head, away] = await Promise.all([this.#store.head(this.#range), this.#store.range(this.#away)]);
    if (!this.#reaches(head) && !(await this.#catchesUp(head, lateMs))) return undefined;
    this.#view.replace(this.#away, away.keyValues);
    return { view: this.#view, revision: Math.max(head.revision, this.#revision) };
  }

  async #catchesUp(head: RangeHead, lateMs: number): Promise<boolean> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(() => late.resolve(), lateMs);
    let isLate = false;
    void late.promise.then(() => {
      isLate = true;
    });
    try {
      while (!this.#reaches(head) && !isLate && !this.#stopped.signal.aborted) {
        await Promise.race([this.#news.promise, late.promise]);
      }
      return this.#reaches(head) && !this.#stopped.signal.aborted;
    } finally {
      clearTimeout(timer);
      late.resolve();
    }
  }

  #reaches(head: RangeHead): boolean {
    if (this.#revision === 0) return false;
    if (this.#revision >= head.revision) return true;
    if (this.#changed.size !== head.count) return false;
    let newest = 0;
    for (const revision of this.#changed.values()) if (revision > newest) newest = revision;
    return newest === head.newest;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopped;
    for await (const event of this.#store.watch(this.#range, { signal })) {
      this.#take(event);
      const { resolve } = this.#news;
      this.#news = Promise.withResolvers<void>();
      resolve();
    }
  }

  #take(event: WatchEvent): void {
    if (event.kind === 'connection') return;
    if (event.kind === 'snapshot') {
      this.#view.replace(this.#range, event.keyValues);
      this.#changed.clear();
      for (const { key, modRevision } of event.keyValues) this.#changed.set(key, modRevision);
      this.#revision = event.revision;
      return;
    }
    for (const change of event.changes) {
      this.#view.apply(change);
      const put = change.kind === 'put';
      const modRevision = put ? change.keyValue.modRevision : change.modRevision;
      if (put) this.#changed.set(change.keyValue.key, modRevision);
      else this.#changed.delete(change.key);
      // Changes of one revision come together, in order.
      this.#revision = Math.max(this.#revision, modRevision);
    }
  }
}
