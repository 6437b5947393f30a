// Contents that nothing names are removed; one that is, or is about to be, never.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Collector } from '../../../src/fleet/engine/collector.ts';
import { fleetKeys } from '../../../src/fleet/registry/keys.ts';
import { readCluster } from '../../../src/fleet/registry/read.ts';
import { applyRequests, removeUnits } from '../../../src/fleet/registry/write.ts';
import { memoryStore, type Store } from '../../../src/store/index.ts';
import { service, TestCluster, ttlMs } from '../cluster/nodes.ts';

const keys = fleetKeys('/keelson');

async function contents(store: Store): Promise<number> {
  return (await store.range(keys.ranges.contents)).keyValues.length;
}

/** A collector as a leader has it that has seen all there is, and then nothing more. */
async function collectorOf(store: Store) {
  const { modRevision = 0 } = (await store.get(keys.engine)) ?? {};
  const { view, revision } = await readCluster(store, keys);
  const guard = { key: keys.engine, modRevision };
  return new Collector({ store, keys, guard, view, seenRevision: () => revision });
}

async function storeWith(...names: readonly string[]) {
  const store = await memoryStore();
  await store.transact([], [{ kind: 'put', key: keys.engine, value: '{}' }]);
  await applyRequests(
    store,
    keys,
    names.map((name) => service(name)),
  );
  return store;
}

test('destroyed and replaced units leave no content; at rest nothing is written', async () => {
  await using cluster = await TestCluster.start(['m1', 'm2']);
  const names = Array.from({ length: 20 }, (_, index) => `u${index}.service`);
  await cluster.change(...names.map((name) => service(name)));
  await cluster.until(async () => (await cluster.running()).size === names.length, 'all run');
  assert.equal(await contents(cluster.store), names.length);
  const other = service('other.service').options ?? [];
  await cluster.change({ name: 'u0.service', options: other, replace: true });
  await removeUnits(cluster.store, cluster.keys, names.slice(1, 11));
  await cluster.until(async () => (await contents(cluster.store)) === 10, 'ten contents are left');
  await cluster.until(async () => (await cluster.running()).size === 10, 'ten units run');
  await removeUnits(cluster.store, cluster.keys, names);
  await cluster.until(async () => (await contents(cluster.store)) === 0, 'none is left');
  await cluster.until(async () => (await cluster.read()).view.states.size === 0, 'all is told');
  const before = await cluster.atRest();
  await sleep(ttlMs);
  assert.equal((await cluster.read()).revision, before);
});

test('what was left while nobody led is swept by the next leader', async () => {
  await using store = await storeWith('a.service', 'b.service');
  await removeUnits(store, keys, ['a.service']);
  await (await collectorOf(store)).sweep();
  assert.equal(await contents(store), 1);
});

test('a content that is used again before we see its unit stays', async () => {
  await using store = await storeWith('a.service');
  await removeUnits(store, keys, ['a.service']);
  const collector = await collectorOf(store);
  await applyRequests(store, keys, [service('a.service')]);
  await collector.sweep();
  await collector.collect();
  assert.equal(await contents(store), 1);
});

test('a content that is used again between the look and the removal stays', async () => {
  await using store = await storeWith('a.service');
  await removeUnits(store, keys, ['a.service']);
  const { modRevision = 0 } = (await store.get(keys.engine)) ?? {};
  const { view, revision } = await readCluster(store, keys);
  const meanwhile: Store = {
    description: store.description,
    maxOperations: store.maxOperations,
    get: (key) => store.get(key),
    range: (range) => store.range(range),
    watch: (range, options) => store.watch(range, options),
    leaseTime: (id) => store.leaseTime(id),
    head: (range) => store.head(range),
    remembers: (revision) => store.remembers(revision),
    grantLease: (options) => store.grantLease(options),
    async transact(guards, operations) {
      await applyRequests(store, keys, [service('a.service')]);
      return store.transact(guards, operations);
    },
    [Symbol.asyncDispose]: async () => {},
  };
  const guard = { key: keys.engine, modRevision };
  await new Collector({ store: meanwhile, keys, guard, view, seenRevision: () => revision }).sweep();
  assert.equal(await contents(store), 1);
});

test('who leads no more removes nothing; what a schedule names stays', async () => {
  await using store = await storeWith('a.service', 'b.service');
  const found = await store.get(keys.unit('b.service'));
  const { hash } = JSON.parse(found?.value ?? '{}');
  const value = JSON.stringify({ hash, targetState: 'launched', reason: '' });
  await store.transact([], [{ kind: 'put', key: keys.schedule('m1', 'b.service'), value }]);
  await removeUnits(store, keys, ['a.service', 'b.service']);
  const former = await collectorOf(store);
  await store.transact([], [{ kind: 'put', key: keys.engine, value: '{"other":1}' }]);
  await former.sweep();
  assert.equal(await contents(store), 2);
  await (await collectorOf(store)).sweep();
  assert.equal(await contents(store), 1);
});
