// The semaphore against a real etcd, in both layouts: the same promises for both, and what only one of them has.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { run } from '../../../src/host/index.ts';
import type { ManagedLock } from '../../../src/locksmith/semaphore/model.ts';
import { openLock } from '../../../src/locksmith/semaphore/open.ts';
import { V3Lock } from '../../../src/locksmith/semaphore/v3.ts';
import { v3Keys } from '../../../src/locksmith/semaphore/v3-group.ts';
import { openStore } from '../../../src/store/index.ts';
import { type EtcdCluster, startEtcd } from '../../store/etcd-process.ts';

let both: EtcdCluster;
let plain: EtcdCluster;
before(async () => {
  [both, plain] = await Promise.all([startEtcd({ args: ['--enable-v2'] }), startEtcd()]);
});
after(async () => {
  await Promise.all([both?.[Symbol.asyncDispose](), plain?.[Symbol.asyncDispose]()]);
});

let group = 0;
const settings = (endpoints: readonly string[], api: 'auto' | 'v2' | 'v3', name = `g${group++}`) => ({
  access: { endpoints },
  api,
  prefix: '/keelson',
  group: name,
  leaseMs: 60_000,
});
const claim = (id: string) => ({ id, name: `${id}.example`, reason: 'a test' });
const ids = async (lock: ManagedLock) => (await lock.status()).holders.map(({ id }) => id);

async function etcdctl(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, ETCDCTL_API: '2', ETCDCTL_ENDPOINTS: both.endpoints.join(',') };
  return (await run('etcdctl', args, { env: env as Record<string, string> })).stdout.trim();
}

for (const api of ['v2', 'v3'] as const) {
  test(`${api}: one place, taken and given back, by hand and by a machine`, async () => {
    const name = `g${group++}`;
    await using lock = await openLock(settings(both.endpoints, api, name));
    await using other = await openLock(settings(both.endpoints, api, name));
    assert.deepEqual(await lock.status(), {
      ...{ group: name, available: 1, max: 1, holders: [], waiting: [], freed: [] },
    });
    await lock.take('a');
    assert.deepEqual(await ids(other), ['a']);
    await assert.rejects(other.take('a'), { message: 'semaphore is at 0' });
    await assert.rejects(other.acquire(claim('b')), { code: 'locksmith.full', message: 'semaphore is at 0' });
    assert.deepEqual(await other.setMax(3), { old: 1, max: 3 });
    await assert.rejects(other.take('a'), { message: 'holder exists' });
    const held = await other.acquire(claim('b'));
    await held.confirm();
    assert.deepEqual(await ids(lock), ['a', 'b']);
    assert.equal(await lock.release('b'), true);
    await assert.rejects(held.confirm(), { code: 'locksmith.lost' });
    assert.equal(await lock.release('b'), false);
    await assert.rejects(lock.give('b'), { message: 'holder does not exist' });
    await lock.give('a');
    assert.equal((await lock.status()).available, 3);
  });

  test(`${api}: who has a place takes it up again, also when there is no other`, async () => {
    const name = `g${group++}`;
    await using lock = await openLock(settings(both.endpoints, api, name));
    const first = await lock.acquire(claim('a'));
    first.leave();
    await using again = await openLock(settings(both.endpoints, api, name));
    const second = await again.acquire(claim('a'));
    assert.equal(second.token, first.token);
    await second.confirm();
    assert.notEqual(await again.resume(claim('a')), undefined);
    assert.equal(await again.resume(claim('b')), undefined);
  });

  test(`${api}: of many that want one place at once, one gets it`, async () => {
    const name = `g${group++}`;
    const locks = await Promise.all(
      Array.from({ length: 6 }, () => openLock(settings(both.endpoints, api, name))),
    );
    const got = await Promise.allSettled(locks.map((lock, index) => lock.acquire(claim(`m${index}`))));
    assert.equal(got.filter(({ status }) => status === 'fulfilled').length, 1);
    const [only] = locks;
    assert.ok(only !== undefined);
    assert.equal((await ids(only)).length, 1);
    await Promise.all(locks.map((lock) => lock[Symbol.asyncDispose]()));
  });
}

test("v2: the key is the original's, byte by byte", async () => {
  await using lock = await openLock(settings(both.endpoints, 'v2', ''));
  const key = '/coreos.com/updateengine/rebootlock/semaphore';
  assert.equal(await etcdctl('get', key), '{"semaphore":1,"max":1,"holders":null}');
  await lock.take('b'.repeat(32));
  assert.equal(await etcdctl('get', key), `{"semaphore":0,"max":1,"holders":["${'b'.repeat(32)}"]}`);
  await lock.give('b'.repeat(32));
  assert.equal(await etcdctl('get', key), '{"semaphore":1,"max":1,"holders":[]}');
  await using grouped = await openLock(settings(both.endpoints, 'v2', 'prod/database'));
  await grouped.setMax(4);
  const value = await etcdctl('get', '/coreos.com/updateengine/rebootlock/groups/prod%2Fdatabase/semaphore');
  assert.equal(value, '{"semaphore":4,"max":4,"holders":null}');
});

test('auto: version 2 where the members answer to it, else version 3', async () => {
  const name = `g${group++}`;
  await using old = await openLock(settings(both.endpoints, 'auto', name));
  await old.take('a');
  await using seen = await openLock(settings(both.endpoints, 'v2', name));
  assert.deepEqual(await ids(seen), ['a']);
  await using fresh = await openLock(settings(plain.endpoints, 'auto', name));
  await fresh.acquire(claim('a'));
  await using same = await openLock(settings(plain.endpoints, 'v3', name));
  assert.deepEqual(await ids(same), ['a']);
  await assert.rejects(openLock(settings(plain.endpoints, 'v2', name)), { code: 'locksmith.api' });
});

test('an endpoint that does not answer is passed over; without any there is no lock', async () => {
  await using lock = await openLock(settings(['http://127.0.0.1:1', ...both.endpoints], 'auto'));
  assert.equal((await lock.status()).max, 1);
  await assert.rejects(openLock(settings(['http://127.0.0.1:1'], 'auto')), {
    message: 'client: etcd cluster is unavailable or misconfigured',
  });
});

test('v3: a holder is told with name, reason, time and token; who waits is told too', async () => {
  await using lock = await openLock(settings(plain.endpoints, 'v3'));
  const { token } = await lock.acquire(claim('m1'));
  {
    await using _waiting = await lock.announce(claim('m2'));
    const { holders, waiting } = await lock.status();
    assert.equal(holders[0]?.name, 'm1.example');
    assert.equal(holders[0]?.reason, 'a test');
    assert.equal(holders[0]?.token, token);
    assert.equal(holders[0]?.state, 'alive');
    assert.ok((holders[0]?.leaseLeftMs ?? 0) > 30_000);
    assert.deepEqual(
      waiting.map(({ id, name }) => [id, name]),
      [['m2', 'm2.example']],
    );
  }
  assert.deepEqual((await lock.status()).waiting, []);
});

test('v3: groups whose names begin alike are apart', async () => {
  await using one = await openLock(settings(plain.endpoints, 'v3', 'db'));
  await using two = await openLock(settings(plain.endpoints, 'v3', 'db2'));
  await two.acquire(claim('a'));
  assert.deepEqual(await ids(one), []);
  assert.deepEqual(await ids(two), ['a']);
});

test('v3: tokens grow with each holder', async () => {
  await using lock = await openLock(settings(plain.endpoints, 'v3'));
  const first = await lock.acquire(claim('a'));
  await lock.release('a');
  const second = await lock.acquire(claim('b'));
  assert.ok((second.token ?? 0) > (first.token ?? 0));
});

test('v3: the place of a holder whose lease has run out goes to the next, by name; it notices when it is back', async () => {
  const name = `g${group++}`;
  const store = await openStore({ kind: 'etcd', endpoints: [...plain.endpoints] });
  await using lock = new V3Lock({ store, prefix: '/keelson', group: name, leaseMs: 60_000 });
  const held = await lock.acquire(claim('m1'));
  held.leave();
  // As if its time were over: the lease and what hangs on it are gone.
  const key = v3Keys('/keelson', name).holder('m1');
  const lease = (await store.get(key))?.lease;
  assert.ok(lease !== undefined);
  await (await store.grantLease({ ttlMs: 60_000, adopt: lease })).revoke();
  assert.equal((await lock.status()).holders[0]?.state, 'dead');
  const next = await lock.acquire(claim('m2'));
  assert.deepEqual(
    next.freed.map(({ id, name: host, by }) => [id, host, by]),
    [['m1', 'm1.example', 'm2']],
  );
  const { holders, freed } = await lock.status();
  assert.deepEqual(
    holders.map(({ id }) => id),
    ['m2'],
  );
  assert.equal(freed.length, 1);
  await assert.rejects(held.confirm(), { code: 'locksmith.lost' });
  assert.equal(await lock.resume(claim('m1')), undefined);
});

test('v3: a machine that comes back late, but before anybody took its place, has it again', async () => {
  const name = `g${group++}`;
  const store = await openStore({ kind: 'etcd', endpoints: [...plain.endpoints] });
  await using lock = new V3Lock({ store, prefix: '/keelson', group: name, leaseMs: 60_000 });
  (await lock.acquire(claim('m1'))).leave();
  const lease = (await store.get(v3Keys('/keelson', name).holder('m1')))?.lease;
  await (
    await store.grantLease({ ttlMs: 60_000, ...(lease === undefined ? {} : { adopt: lease }) })
  ).revoke();
  const again = await lock.resume(claim('m1'));
  await again?.confirm();
  assert.equal((await lock.status()).holders[0]?.state, 'alive');
  await assert.rejects(lock.acquire(claim('m2')), { code: 'locksmith.full' });
});

test('v3: what was locked by hand has no lease and is freed by hand only', async () => {
  const name = `g${group++}`;
  await using lock = await openLock(settings(plain.endpoints, 'v3', name));
  await lock.take('a');
  assert.equal((await lock.status()).holders[0]?.state, 'kept');
  await assert.rejects(lock.acquire(claim('b')), { code: 'locksmith.full' });
  await lock.give('a');
  await lock.acquire(claim('b'));
});
