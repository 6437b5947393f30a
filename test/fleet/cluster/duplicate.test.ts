// A machine whose ID another one takes while its own lease is lost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeAssignment, writeMachine } from '../../../src/fleet/registry/records.ts';
import { unitHash } from '../../../src/fleet/unit-content.ts';
import { service, TestCluster } from './nodes.ts';

test('it stops following the schedule, what it runs runs on, and it follows again when the other goes', async () => {
  await using cluster = await TestCluster.start(['m1']);
  const { store, keys } = cluster;
  const { manager, services } = cluster.node('m1');
  await cluster.change(service('a.service'));
  await cluster.until(async () => (await cluster.running()).has('a.service'), 'it runs');
  const mine = await store.get(keys.machine('m1'));
  assert.ok(mine?.lease !== undefined);
  const other = writeMachine({ primaryIP: '10.9.9.9', metadata: {}, version: '1', instance: 'other' });
  // In the place of ours, and not bound to our lease.
  await store.transact([], [{ kind: 'put', key: keys.machine('m1'), value: other }]);
  await (await store.grantLease({ ttlMs: 1000, adopt: mine.lease })).revoke();
  await cluster.until(() => /already in use/.test(services.api.unavailable() ?? ''), 'it sees the other');
  const calls = [...manager.calls];
  // What the other machine's leader would write.
  const place = async (name: string) => {
    const hash = unitHash(service(name).options ?? []);
    const assignment = { unit: name, machineID: 'm1', hash, targetState: 'launched', reason: '' } as const;
    const value = writeAssignment(assignment);
    await store.transact([], [{ kind: 'put', key: keys.schedule('m1', name), value }]);
  };
  await cluster.change(service('b.service'));
  await place('b.service');
  await store.transact([], [{ kind: 'delete', key: keys.schedule('m1', 'a.service') }]);
  await sleep(500);
  assert.deepEqual(manager.calls, calls);
  assert.deepEqual([...(await cluster.running()).keys()], ['a.service']);
  await place('a.service');
  await store.transact([], [{ kind: 'delete', key: keys.machine('m1') }]);
  await cluster.until(async () => (await cluster.running()).has('b.service'), 'it follows again');
  assert.equal(manager.calls.filter((call) => call === 'start a.service').length, 1);
});
