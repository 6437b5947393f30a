import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cut } from './cut-store.ts';
import { service, TestCluster, ttlMs } from './nodes.ts';

const names = Array.from({ length: 6 }, (_, i) => `u${i}.service`);

test('a store that is away longer than all leases, and comes back, moves and restarts nothing', async () => {
  const cuts = new Map<string, Cut>();
  await using cluster = await TestCluster.start(['m1', 'm2', 'm3'], (store, id) => {
    const cut = cuts.get(id) ?? new Cut();
    cuts.set(id, cut);
    return cut.wrap(store);
  });
  await cluster.change(...names.map((name) => service(name)));
  await cluster.until(async () => (await cluster.running()).size === names.length, 'all run');
  const where = async () =>
    [...(await cluster.read()).view.assignments].map(([name, on]) => `${name} ${[...on.keys()]}`).sort();
  const before = await where();
  const calls = cluster.nodes.map(({ manager }) => [...manager.calls]);
  for (const cut of cuts.values()) await cut.cut();
  assert.equal((await cluster.read()).view.machines.size, 0, 'all leases are gone');
  const said = () => cluster.nodes[0]?.services.api.unavailable();
  await cluster.until(() => said() === 'fleet server unable to communicate with etcd', 'it is said');
  await sleep(ttlMs);
  // One comes back well before the others, and leads.
  cuts.get('m2')?.mend();
  await cluster.until(async () => (await cluster.read()).view.leader?.machineID === 'm2', 'm2 leads');
  await sleep(ttlMs / 2);
  for (const cut of cuts.values()) cut.mend();
  await cluster.until(async () => (await cluster.read()).view.machines.size === 3, 'all are back');
  await sleep(ttlMs * 2);
  assert.deepEqual(await where(), before);
  assert.deepEqual(
    cluster.nodes.map(({ manager }) => [...manager.calls]),
    calls,
  );
  await cluster.until(
    async () => (await cluster.read()).view.states.size === names.length,
    'states are told again',
  );
});

test('on a cluster of one, a store that is away for longer than the lease restarts nothing', async () => {
  const cut = new Cut();
  await using cluster = await TestCluster.start(['m1'], (store) => cut.wrap(store));
  const { manager, services } = cluster.node('m1');
  await cluster.change(service('a.service'));
  await cluster.until(async () => (await cluster.running()).has('a.service'), 'it runs');
  const calls = [...manager.calls];
  await cut.cut();
  await sleep(ttlMs * 2);
  cut.mend();
  await cluster.until(() => services.api.unavailable() === undefined, 'it is back');
  await sleep(ttlMs * 1.5);
  assert.deepEqual(manager.calls, calls);
});
