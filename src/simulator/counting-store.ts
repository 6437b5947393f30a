// A store that counts what it is asked, and is otherwise the one that it stands before.

import type { Store, WatchEvent } from '../store/index.ts';
import type { LinkCounts } from './store-link.ts';

/** Adds to `counts` all that is asked of this store, and all that its watches tell. */
export function countingStore(store: Store, counts: LinkCounts): Store {
  const asked = () => {
    counts.requests++;
    return store;
  };
  return {
    description: store.description,
    maxOperations: store.maxOperations,
    get: (key) => asked().get(key),
    range: (range) => asked().range(range),
    transact(guards, operations) {
      counts.transactions++;
      counts.operations += operations.length;
      return asked().transact(guards, operations);
    },
    watch: (range, options) => counted(asked().watch(range, options), counts),
    grantLease: (options) => asked().grantLease(options),
    leaseTime: (id) => asked().leaseTime(id),
    head: (range) => asked().head(range),
    remembers: (revision) => asked().remembers(revision),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

async function* counted(events: AsyncIterable<WatchEvent>, counts: LinkCounts): AsyncGenerator<WatchEvent> {
  for await (const event of events) {
    counts.events += event.kind === 'changes' ? event.changes.length : 1;
    yield event;
  }
}
