// A machine that is booted again before its lease has run out, and copies of it.

import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeMachine } from '../../../src/fleet/registry/records.ts';
import { type Node, service, TestCluster, ttlMs } from './nodes.ts';

const unavailable = (node: Node) => node.services.api.unavailable() ?? '';

test('it goes on with the lease that it had, and starts its units at once', async () => {
  await using cluster = await TestCluster.start(['m1', 'm2']);
  const node = cluster.node('m1');
  await cluster.change(service('a.service', [['MachineID', 'm1']]), service('b.service'));
  await cluster.until(async () => (await cluster.running()).size === 2, 'they run');
  const { view: before } = await cluster.read();
  await node.reboot();
  await cluster.until(async () => (await cluster.running()).get('a.service')?.[0] === 'm1', 'it runs again');
  const { view: after } = await cluster.read();
  assert.equal(after.machines.get('m1')?.lease, before.machines.get('m1')?.lease);
  assert.notEqual(after.machines.get('m1')?.instance, before.machines.get('m1')?.instance);
  assert.deepEqual(after.assignments, before.assignments);
  assert.ok(!cluster.log.some((line) => /already in use|its units are moved/.test(line)));
});

test('a machine that runs with a copy of its disk is told apart: its lease is kept alive', async () => {
  await using cluster = await TestCluster.start(['m1', 'm2']);
  const first = cluster.node('m1');
  await cluster.change(service('a.service', [['MachineID', 'm1']]));
  await cluster.until(async () => (await cluster.running()).size === 1, 'it runs');
  const { view: before } = await cluster.read();
  await cp(join(cluster.folder, 'm1/member'), join(cluster.folder, 'copy/member'));
  const copy = cluster.add('m1', undefined, 'copy');
  await cluster.until(() => /already in use by/.test(unavailable(copy)), 'the copy says so');
  await sleep(ttlMs);
  assert.match(unavailable(copy), /already in use by/);
  assert.equal(unavailable(first), '');
  assert.deepEqual(copy.manager.calls, []);
  assert.deepEqual((await cluster.read()).view.machines.get('m1'), before.machines.get('m1'));
  await first.kill();
  await cluster.until(() => unavailable(copy) === '', 'it takes over when the first is gone');
  await cluster.until(
    async () => (await copy.manager.listUnitsByNames(['a.service']))[0]?.activeState === 'active',
    'it runs there',
  );
});

test('a machine whose place another takes sees it, and leaves what it runs as it is', async () => {
  await using cluster = await TestCluster.start(['m1']);
  const node = cluster.node('m1');
  const { store, keys } = cluster;
  await cluster.change(service('a.service'));
  await cluster.until(async () => (await cluster.running()).size === 1, 'it runs');
  const calls = [...node.manager.calls];
  const other = writeMachine({ primaryIP: '10.9.9.9', metadata: {}, version: '1', instance: 'other' });
  await store.transact([], [{ kind: 'put', key: keys.machine('m1'), value: other }]);
  await cluster.until(() => /already in use by 10\.9\.9\.9/.test(unavailable(node)), 'it says so');
  await store.transact([], [{ kind: 'delete', key: keys.schedule('m1', 'a.service') }]);
  await sleep(ttlMs / 2);
  assert.deepEqual(node.manager.calls, calls);
});
