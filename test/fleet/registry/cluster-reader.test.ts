// The cluster kept in memory for questions: whatever happens to store and watch, an answer is never older than
// the question.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterReader } from '../../../src/fleet/registry/cluster-reader.ts';
import { fleetKeys } from '../../../src/fleet/registry/keys.ts';
import { readCluster } from '../../../src/fleet/registry/read.ts';
import { writeAway, writeMachine } from '../../../src/fleet/registry/records.ts';
import type { ClusterView } from '../../../src/fleet/registry/view.ts';
import { applyRequests, removeUnits } from '../../../src/fleet/registry/write.ts';
import { memoryStore, openStore, type Store, type WatchEvent } from '../../../src/store/index.ts';
import { startEtcd } from '../../store/etcd-process.ts';
import { service } from '../cluster/nodes.ts';

const keys = fleetKeys('/keelson');

/** A store that counts readings of the whole cluster and watches, and whose watches can be held up. */
function counting(inner: Store) {
  const counts = { whole: 0, watching: 0 };
  const held = { promise: Promise.resolve() };
  async function* watch(events: AsyncIterable<WatchEvent>): AsyncIterable<WatchEvent> {
    counts.watching++;
    try {
      for await (const event of events) {
        await held.promise;
        yield event;
      }
    } finally {
      counts.watching--;
    }
  }
  const store: Store = {
    ...{ description: inner.description, maxOperations: inner.maxOperations },
    get: (key) => inner.get(key),
    range: (range) => {
      if (range === keys.ranges.cluster) counts.whole++;
      return inner.range(range);
    },
    head: (range) => inner.head(range),
    remembers: (revision) => inner.remembers(revision),
    transact: (guards, operations) => inner.transact(guards, operations),
    watch: (range, how) => watch(inner.watch(range, how)),
    grantLease: (how) => inner.grantLease(how),
    leaseTime: (id) => inner.leaseTime(id),
    [Symbol.asyncDispose]: async () => {},
  };
  return { store, counts, held };
}

function facts({ units, machines, assignments, states, away, drains, metadata }: ClusterView) {
  return { units, machines, assignments, states, away, drains, metadata };
}

async function assertSame(reader: ClusterReader, store: Store, what: string): Promise<void> {
  const expected = facts((await readCluster(store, keys)).view);
  assert.deepEqual(facts((await reader.read()).view), expected, what);
}

async function turn(store: Store, index: number): Promise<void> {
  const name = `u${index % 5}.service`;
  const value = writeMachine({ primaryIP: '', metadata: {}, version: String(index), instance: '' });
  if (index % 4 === 0) await applyRequests(store, keys, [service(name)]);
  else if (index % 4 === 1) await removeUnits(store, keys, [`u${(index * 3) % 5}.service`]);
  else if (index % 4 === 2) await store.transact([], [{ kind: 'put', key: keys.machine(name), value }]);
  else await store.transact([], [{ kind: 'delete', key: keys.machine(`u${(index * 2) % 5}.service`) }]);
}

const stores: Readonly<Record<string, () => Promise<{ store: Store; end(): Promise<void> }>>> = {
  memory: async () => {
    const store = await memoryStore();
    return { store, end: async () => store[Symbol.asyncDispose]() };
  },
  etcd: async () => {
    const etcd = await startEtcd({ size: 1 });
    const store = await openStore({ kind: 'etcd', endpoints: etcd.endpoints });
    const end = async () => {
      await store[Symbol.asyncDispose]();
      await etcd[Symbol.asyncDispose]();
    };
    return { store, end };
  },
};

for (const [kind, open] of Object.entries(stores)) {
  test(`a question sees every write before it (${kind})`, { timeout: 120_000 }, async () => {
    const { store: inner, end } = await open();
    try {
      const { store } = counting(inner);
      using reader = new ClusterReader(store, keys);
      for (let index = 0; index < 120; index++) {
        await turn(inner, index);
        await assertSame(reader, inner, `after turn ${index}`);
      }
    } finally {
      await end();
    }
  });
}

test('while nothing changes nothing is read as a whole', { timeout: 60_000 }, async () => {
  await using inner = await memoryStore();
  const { store, counts } = counting(inner);
  await applyRequests(inner, keys, [service('a.service')]);
  using reader = new ClusterReader(store, keys, { lateMs: 30_000 });
  await reader.read();
  await reader.read();
  const before = counts.whole;
  for (let count = 0; count < 20; count++) await reader.read();
  // Changes elsewhere in the store are none of the cluster's.
  await inner.transact([], [{ kind: 'put', key: '/other', value: '' }]);
  await reader.read();
  assert.equal(counts.whole, before);
  await inner.transact([], [{ kind: 'put', key: keys.away('m1'), value: writeAway({ since: 'now' }) }]);
  assert.deepEqual([...(await reader.read()).view.away.keys()], ['m1']);
  await applyRequests(inner, keys, [service('b.service')]);
  assert.ok((await reader.read()).view.units.has('b.service'));
  assert.equal(counts.whole, before);
});

test('a watch that is stuck makes answers slower, not older', { timeout: 60_000 }, async () => {
  await using inner = await memoryStore();
  const { store, held } = counting(inner);
  using reader = new ClusterReader(store, keys, { lateMs: 20 });
  for (let index = 0; index < 8; index++) await reader.read();
  const stuck = Promise.withResolvers<void>();
  held.promise = stuck.promise;
  for (let index = 0; index < 12; index++) {
    await turn(inner, index);
    await assertSame(reader, inner, `stuck, after turn ${index}`);
  }
  held.promise = Promise.resolve();
  stuck.resolve();
  for (let index = 12; index < 24; index++) {
    await turn(inner, index);
    await assertSame(reader, inner, `free again, after turn ${index}`);
  }
});

test('when nobody asks any more nothing is watched, and another question begins anew', {
  timeout: 60_000,
}, async () => {
  await using inner = await memoryStore();
  const { store, counts } = counting(inner);
  using reader = new ClusterReader(store, keys, { idleMs: 50 });
  await reader.read();
  for (let tries = 0; counts.watching > 0 && tries < 1000; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(counts.watching, 0);
  await applyRequests(inner, keys, [service('a.service')]);
  assert.ok((await reader.read()).view.units.has('a.service'));
});
