// Who watches an embedded store: gets every change of its range once, or a snapshot when it reads too slowly.

import type { Change, KeyRange, Revision, WatchEvent, WatchOptions } from '../model.ts';
import { RangeIndex } from './range-index.ts';
import type { Tables } from './tables.ts';

// Beyond this a new snapshot is less to hold and to read than what happened since the last one.
const maxPending = 10_000;

interface Watcher {
  pending: Change[];
  revision: Revision;
  needsSnapshot: boolean;
  wake: () => void;
}

export class Watchers {
  readonly #all = new RangeIndex<Watcher>();
  readonly #tables: Tables;
  #closed = false;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Hands the changes of one committed revision to whoever watches their keys. */
  publish(changes: readonly Change[], revision: Revision): void {
    if (this.#all.size === 0) return;
    for (const change of changes) {
      for (const watcher of this.#all.over(change.kind === 'put' ? change.keyValue.key : change.key)) {
        watcher.revision = revision;
        if (watcher.needsSnapshot) continue;
        if (watcher.pending.length >= maxPending) {
          watcher.pending = [];
          watcher.needsSnapshot = true;
        } else watcher.pending.push(change);
        watcher.wake();
      }
    }
  }

  async *watch(range: KeyRange, { signal, after }: WatchOptions): AsyncGenerator<WatchEvent, void, void> {
    const tables = this.#tables;
    const bridged = after !== undefined && after >= tables.forgotten && after <= tables.revision;
    const watcher: Watcher = {
      pending: bridged ? tables.changesAfter(after, range) : [],
      revision: tables.revision,
      needsSnapshot: !bridged,
      wake: () => {},
    };
    const wake = () => watcher.wake();
    signal.addEventListener('abort', wake, { once: true });
    this.#all.add(range, watcher);
    try {
      while (!signal.aborted && !this.#closed) {
        if (watcher.needsSnapshot) {
          watcher.needsSnapshot = false;
          watcher.pending = [];
          yield { kind: 'snapshot', keyValues: tables.range(range), revision: tables.revision };
        } else if (watcher.pending.length > 0) {
          const changes = watcher.pending;
          watcher.pending = [];
          yield { kind: 'changes', changes, revision: watcher.revision };
        } else {
          const { promise, resolve } = Promise.withResolvers<void>();
          watcher.wake = resolve;
          await promise;
        }
      }
    } finally {
      this.#all.delete(range, watcher);
      signal.removeEventListener('abort', wake);
    }
  }

  /** Ends all watches. */
  close(): void {
    this.#closed = true;
    for (const watcher of this.#all) watcher.wake();
  }
}
