// Daemons whose settings change while they run: what they run, and what others see, stays.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prefixRange } from '../../../src/store/index.ts';
import { service, TestCluster } from './nodes.ts';

const everything = prefixRange('/keelson/');
const settings = { ttlMs: 2000, tokenLimit: 100, disableEngine: false };

test('another agent_ttl is another lease, and nothing else: presence, states and leader are never gone', {
  timeout: 60_000,
}, async () => {
  await using cluster = await TestCluster.start(['m1', 'm2']);
  const { store, keys } = cluster;
  await cluster.change(service('a.service'), service('b.service'));
  const up = async () =>
    [...(await cluster.read()).view.states.values()].flatMap((states) => [...states.values()]).length === 2;
  await cluster.until(up, 'both are told');
  const gone: string[] = [];
  const stop = new AbortController();
  const markers = new Map<string, () => void>();
  const watching = (async () => {
    for await (const event of store.watch(everything, { signal: stop.signal })) {
      if (event.kind !== 'changes') continue;
      for (const change of event.changes) {
        if (change.kind === 'delete') gone.push(change.key);
        else markers.get(change.keyValue.key)?.();
      }
    }
  })();
  const calls = cluster.nodes.map(({ manager }) => manager.calls.length);
  const before = new Map((await store.range(everything)).keyValues.map((kv) => [kv.key, kv.lease]));
  for (const { services } of cluster.nodes) services.reconfigure({ ...settings, ttlMs: 3000 });
  const moved = async () => {
    const { keyValues } = await store.range(everything);
    const bound = keyValues.filter(({ lease }) => lease !== undefined);
    return bound.length === 5 && bound.every(({ key, lease }) => before.get(key) !== lease);
  };
  await cluster.until(moved, 'all hangs on new leases');
  // What runs out at last has nothing on it.
  for (const old of new Set(before.values())) {
    if (old !== undefined) await (await store.grantLease({ ttlMs: 1000, adopt: old })).revoke();
  }
  const last = Promise.withResolvers<void>();
  markers.set('/keelson/end', last.resolve);
  await store.transact([], [{ kind: 'put', key: '/keelson/end', value: '' }]);
  await last.promise;
  stop.abort();
  await watching;
  assert.deepEqual(
    gone.filter((key) => key !== keys.engine),
    [],
  );
  assert.deepEqual(
    cluster.nodes.map(({ manager }) => manager.calls.length),
    calls,
  );
  assert.deepEqual(
    cluster.nodes.map(({ services }) => services.api.unavailable()),
    [undefined, undefined],
  );
});

test('disable_engine hands the engine over at once, and stands again when it is taken back', {
  timeout: 60_000,
}, async () => {
  await using cluster = await TestCluster.start(['m1', 'm2']);
  const leader = async () => (await cluster.read()).view.leader?.machineID;
  const first = await leader();
  const other = first === 'm1' ? 'm2' : 'm1';
  assert.ok(first !== undefined);
  cluster.node(first).services.reconfigure({ ...settings, disableEngine: true });
  await cluster.until(async () => (await leader()) === other, 'the other one leads');
  await cluster.change(service('a.service'));
  await cluster.until(async () => (await cluster.running()).has('a.service'), 'it is placed');
  cluster.node(other).services.reconfigure({ ...settings, disableEngine: true });
  await cluster.until(async () => (await leader()) === undefined, 'nobody leads');
  cluster.node(first).services.reconfigure(settings);
  await cluster.until(async () => (await leader()) === first, 'it leads again');
});

test('token_limit counts from the next request on', async () => {
  await using cluster = await TestCluster.start(['m1']);
  const { services } = cluster.node('m1');
  const { api } = services;
  services.reconfigure({ ...settings, tokenLimit: 7 });
  assert.equal(api.tokenLimit, 7);
});

test('what the agent has in mind is told under the names of fleet', async () => {
  await using cluster = await TestCluster.start(['m1']);
  await cluster.change(service('a.service'));
  const { services } = cluster.node('m1');
  await cluster.until(() => services.inspect().UnitStateGenerator.Subscribed.length === 1, 'it has the unit');
  const { Agent, UnitStatePublisher } = services.inspect();
  assert.deepEqual(Agent.Cache.TargetStates, { 'a.service': 'launched' });
  assert.ok('a.service' in UnitStatePublisher.Cache);
  assert.ok(Array.isArray(UnitStatePublisher.ToPublish));
});
