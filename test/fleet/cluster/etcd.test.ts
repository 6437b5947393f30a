import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '../../../src/store/index.ts';
import { startEtcd } from '../../store/etcd-process.ts';
import { service, TestCluster } from './nodes.ts';

test('on etcd itself: units are spread, a lost machine is noticed, a daemon takes its units over', async () => {
  await using etcd = await startEtcd({ size: 1 });
  const store = await openStore({ kind: 'etcd', endpoints: etcd.endpoints });
  await using cluster = await TestCluster.start(['m1', 'm2', 'm3'], undefined, store);
  const names = Array.from({ length: 30 }, (_, i) => `u${i}.service`);
  await cluster.change(...names.map((name) => service(name)));
  await cluster.until(async () => (await cluster.running()).size === names.length, 'all run');
  const node = cluster.node((await cluster.read()).view.leader?.machineID === 'm2' ? 'm1' : 'm2');
  const calls = [...node.manager.calls];
  await node.kill();
  node.start();
  await cluster.until(() => node.services.api.unavailable() === undefined, 'it is back');
  assert.deepEqual(node.manager.calls, calls);
  await node.kill();
  await cluster.until(async () => {
    const { view } = await cluster.read();
    return names.every((name) => view.assignments.get(name)?.has(node.id) === false);
  }, 'its units are elsewhere');
});
