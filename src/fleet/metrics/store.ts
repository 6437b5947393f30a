// A store that counts and times what is asked of it.

import type { Store, WatchEvent } from '../../store/index.ts';
import { operations, type StoreMeters } from './daemon.ts';

type Kind = keyof typeof operations;

const durations = {
  get: { ops: 'get' },
  get_all: { ops: 'get_all' },
  set: { ops: 'set' },
  lease: { ops: 'lease' },
} as const;

/** The same store; what goes through it is measured. Its end is not ours. */
export function measuredStore(store: Store, meters: StoreMeters): Store {
  const measure = async <T>(kind: Kind, work: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    meters.count.add(operations[kind]);
    try {
      return await work();
    } catch (error) {
      meters.failed.add(operations[kind]);
      throw error;
    } finally {
      meters.duration.observe((performance.now() - began) / 1000, durations[kind]);
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
    transact: (guards, changes) =>
      measure(changes.length === 0 ? 'get' : 'set', () => store.transact(guards, changes)),
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
