// The semaphore when etcd is in trouble: without a quorum and back, full, and changed by hand under a holder.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../../src/host/index.ts';
import { openLock } from '../../../src/locksmith/semaphore/open.ts';
import { v2Key } from '../../../src/locksmith/semaphore/v2.ts';
import { v3Keys } from '../../../src/locksmith/semaphore/v3-group.ts';
import { openStore } from '../../../src/store/index.ts';
import { type EtcdCluster, startEtcd } from '../../store/etcd-process.ts';

const open = (etcd: EtcdCluster, api: 'v2' | 'v3', group = 'g') =>
  openLock({ access: { endpoints: etcd.endpoints }, api, prefix: '/keelson', group, leaseMs: 60_000 });
const claim = (id: string) => ({ id, name: id, reason: 'a test' });

test('without a quorum nobody gets the lock and nobody loses it; afterwards it is as it was', async () => {
  await using etcd = await startEtcd({ size: 3, args: ['--enable-v2'] });
  await using stack = new AsyncDisposableStack();
  const sides = await Promise.all(
    (['v2', 'v3'] as const).map(async (api) => {
      const [mine, other] = [stack.use(await open(etcd, api)), stack.use(await open(etcd, api))];
      return { api, mine, other, held: await mine.acquire(claim('m1')) };
    }),
  );
  const [, second, third] = etcd.members;
  await Promise.all([second?.stop(), third?.stop()]);
  await Promise.all(
    sides.flatMap(({ api, mine, other, held }) => [
      // Whether it is still ours cannot be learned: that is no yes.
      assert.rejects(held.confirm(), { code: /^(store|locksmith)\.unavailable$/ }, api),
      // One member alone may still know that it is full.
      assert.rejects(other.acquire(claim('m2')), { code: /\.(unavailable|full)$/ }, api),
      assert.rejects(mine.take('m3'), { code: /\.(unavailable|full)$/ }, api),
    ]),
  );
  await Promise.all([second?.start(), third?.start()]);
  for (const { api, mine, other, held } of sides) {
    for (let tries = 1; ; tries++) {
      try {
        await held.confirm();
        break;
      } catch (error) {
        if (tries === 30) throw error;
      }
    }
    await assert.rejects(other.acquire(claim('m2')), { code: 'locksmith.full' }, api);
    assert.equal(await mine.release('m1'), true);
    await other.acquire(claim('m2'));
  }
});

test('an etcd that is full refuses in words; a holder keeps its place, and all goes on when it has room', async () => {
  await using etcd = await startEtcd({ args: [`--quota-backend-bytes=${4 * 1024 * 1024}`] });
  await using store = await openStore({ kind: 'etcd', endpoints: etcd.endpoints });
  await using lock = await open(etcd, 'v3');
  await lock.setMax(2);
  const held = await lock.acquire(claim('m1'));
  const value = 'x'.repeat(1024 * 1024);
  const fill = async () => {
    for (let index = 0; index < 20; index++)
      await store.transact([], [{ kind: 'put', key: `/fill/${index}`, value }]);
  };
  await assert.rejects(fill(), { code: 'store.full' });
  await held.confirm();
  await assert.rejects(lock.acquire(claim('m2')), (error: Error & { code?: string; hint?: string }) => {
    assert.equal(error.code, 'store.full');
    assert.match(error.message, /database space exceeded/);
    assert.match(error.hint ?? '', /etcdctl alarm disarm/);
    return true;
  });
  await assert.rejects(lock.release('m1'), { code: 'store.full' });
  assert.deepEqual(
    (await lock.status()).holders.map(({ id, state }) => [id, state]),
    [['m1', 'alive']],
  );
  const env = { ...process.env, ETCDCTL_API: '3', ETCDCTL_ENDPOINTS: etcd.endpoints.join(',') };
  const etcdctl = (...words: string[]) => run('etcdctl', words, { env: env as Record<string, string> });
  await etcdctl('del', '--prefix', '/fill/');
  const { revision } = await store.range({ from: '/a', to: '/b' });
  await etcdctl('compact', String(revision));
  await etcdctl('defrag');
  await etcdctl('alarm', 'disarm');
  await lock.acquire(claim('m2'));
  assert.equal(await lock.release('m1'), true);
});

test('what is deleted by hand in etcd is gone for its holder, in both versions', async () => {
  await using etcd = await startEtcd({ args: ['--enable-v2'] });
  const [endpoint] = etcd.endpoints;
  await using old = await open(etcd, 'v2');
  const heldOld = await old.acquire(claim('m1'));
  const { status } = await fetch(`${endpoint}/v2/keys${v2Key('g')}`, { method: 'DELETE' });
  assert.equal(status, 200);
  await assert.rejects(heldOld.confirm(), { code: 'locksmith.lost' });
  await old.acquire(claim('m2'));
  assert.equal((await old.status()).available, 0);

  await using store = await openStore({ kind: 'etcd', endpoints: etcd.endpoints });
  const { semaphore, holder } = v3Keys('/keelson', 'g');
  for (const key of [semaphore, holder('m1')]) {
    await using lock = await open(etcd, 'v3');
    const held = await lock.acquire(claim('m1'));
    await held.confirm();
    await store.transact([], [{ kind: 'delete', key }]);
    await assert.rejects(held.confirm(), { code: 'locksmith.lost' }, key);
    await lock.release('m1');
  }
});

test('a lock that another takes by hand, or gives to another, is no longer ours', async () => {
  await using etcd = await startEtcd({ args: ['--enable-v2'] });
  for (const api of ['v2', 'v3'] as const) {
    await using lock = await open(etcd, api, api);
    const held = await lock.acquire(claim('m1'));
    await lock.give('m1');
    await lock.take('m1');
    // By hand for the same machine: with version 2 that cannot be told apart, with version 3 the token is another.
    if (api === 'v2') await held.confirm();
    else await assert.rejects(held.confirm(), { code: 'locksmith.lost' });
    await lock.give('m1');
    await lock.take('m2');
    await assert.rejects(held.confirm(), { code: 'locksmith.lost' });
    await assert.rejects(lock.give('m1'), { code: 'locksmith.notHeld' });
    await lock.setMax(0);
    await assert.rejects(lock.acquire(claim('m3')), {
      code: 'locksmith.full',
      message: 'semaphore is at -1',
    });
  }
});
