// A store that counts and times what is asked of it.

import type { Store, WatchEvent } from '../../store/index.ts';
import type { StoreMeters } from './daemon.ts';

type Kind = 'get' | 'get_all' | 'set' | 'lease';

/** The same store; what goes through it is measured. Its end is not ours. */
export function measuredStore(store: Store, meters: StoreMeters): Store {
  const measure = async <T>(kind: Kind, work: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    meters.count.add({ type: kind });
    try {
      return await work();
    } catch (error) {
      meters.failed.add({ type: kind });
      throw error;
    } finally {
      meters.duration.observe((performance.now() - began) / 1000, { ops: kind });
    }
  };
  const reconfigure = store.reconfigure?.bind(store);
  return {
    get description() {
      return store.description;
    },
    maxOperations: store.maxOperations,
    get: (key) => measure('get', () => store.get(key)),
    range: (range) => measure('get_all', () => store.range(range)),
    head: (range) => measure('get', () => store.head(range)),
    remembers: (revision) => measure('get', () => store.remembers(revision)),
    transact: (guards, operations) =>
      measure(operations.length === 0 ? 'get' : 'set', () => store.transact(guards, operations)),
    watch: (range, options) => counted(store.watch(range, options), options.after === undefined, meters),
    grantLease: (options) => measure('lease', () => store.grantLease(options)),
    leaseTime: (id) => measure('lease', () => store.leaseTime(id)),
    ...(reconfigure === undefined ? {} : { reconfigure }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

async function* counted(
  events: AsyncIterable<WatchEvent>,
  expectsSnapshot: boolean,
  meters: StoreMeters,
): AsyncGenerator<WatchEvent> {
  let expected = expectsSnapshot;
  for await (const event of events) {
    if (event.kind === 'snapshot' && !expected) meters.watchRestarts.add();
    if (event.kind === 'snapshot') expected = false;
    if (event.kind === 'connection' && !event.connected) meters.watchRestarts.add();
    yield event;
  }
}
