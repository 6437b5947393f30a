// `auto`: what machines that see different halves of a cluster agree upon; never do two of them keep the lock with
// two versions of etcd's API.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { agreedApi, apisOf, type V2Signs } from '../../../src/locksmith/semaphore/agreement.ts';
import type { ManagedLock } from '../../../src/locksmith/semaphore/model.ts';
import { openLock } from '../../../src/locksmith/semaphore/open.ts';
import { V2Lock } from '../../../src/locksmith/semaphore/v2.ts';
import { v3Keys } from '../../../src/locksmith/semaphore/v3-group.ts';
import { openStore } from '../../../src/store/index.ts';
import { type EtcdCluster, startEtcd } from '../../store/etcd-process.ts';

/** Three members, of which the first answers to version 2. */
let etcd: EtcdCluster;
before(async () => {
  etcd = await startEtcd({ size: 3, memberArgs: (index) => (index === 0 ? ['--enable-v2'] : []) });
});
after(async () => await etcd?.[Symbol.asyncDispose]());

let count = 0;
const newGroup = () => `a${count++}`;
const openAuto = (endpoints: readonly string[], group: string) =>
  openLock({ access: { endpoints }, api: 'auto', prefix: '/keelson', group, leaseMs: 60_000 });
const apiOf = (lock: ManagedLock) => (lock instanceof V2Lock ? 'v2' : 'v3');
const halves = () => ({ old: etcd.endpoints.slice(0, 1), young: etcd.endpoints.slice(1) });

test('who comes first decides; the other half follows, or says why it cannot', async () => {
  const { old, young } = halves();
  const [one, two] = [newGroup(), newGroup()];
  await using first = await openAuto(old, one);
  assert.equal(apiOf(first), 'v2');
  await first.take('m1');
  await assert.rejects(openAuto(young, one), {
    code: 'locksmith.api',
    message: /kept with version 2 of etcd's API, to which http.* does not answer/,
  });
  await using whole = await openAuto([...young, ...old], one);
  assert.deepEqual([apiOf(whole), (await whole.status()).holders.map(({ id }) => id)], ['v2', ['m1']]);

  await using other = await openAuto(young, two);
  assert.equal(apiOf(other), 'v3');
  await other.take('m2');
  await using follower = await openAuto(old, two);
  assert.deepEqual([apiOf(follower), (await follower.status()).holders.map(({ id }) => id)], ['v3', ['m2']]);
});

test('of many that come at once all keep it in one place', async () => {
  const { old, young } = halves();
  for (let round = 0; round < 5; round++) {
    const group = newGroup();
    const opened = await Promise.allSettled(
      Array.from({ length: 12 }, (_, index) => openAuto(index % 2 === 0 ? old : young, group)),
    );
    const locks = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const refusals = opened.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []));
    await Promise.all(locks.map((lock) => lock[Symbol.asyncDispose]()));
    assert.equal(new Set(locks.map(apiOf)).size, 1, String(locks.map(apiOf)));
    assert.ok(locks.length >= 6);
    assert.ok(refusals.every((code) => code === 'locksmith.api'));
  }
});

test('a semaphore of version 3 is a choice, too, and so it stays when members begin to answer to version 2', async () => {
  const { old, young } = halves();
  const group = newGroup();
  await using made = await openLock({
    ...{ access: { endpoints: young }, api: 'v3', prefix: '/keelson', group, leaseMs: 60_000 },
  });
  await made.setMax(2);
  await using follower = await openAuto(old, group);
  assert.equal(apiOf(follower), 'v3');
});

test('while an endpoint is silent that may know version 2, nothing is decided; who only is not there says nothing', async () => {
  const mute = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const address = mute.address();
  const silent = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const { young } = halves();
  const group = newGroup();
  try {
    await assert.rejects(openAuto([...young, silent], group), {
      code: 'locksmith.api',
      message: new RegExp(`cannot be told while ${silent} does not answer`),
    });
    await using decided = await openAuto([...young, 'http://127.0.0.1:1'], group);
    assert.equal(apiOf(decided), 'v3');
    await using later = await openAuto([...young, silent], group);
    assert.equal(apiOf(later), 'v3');
  } finally {
    mute.close();
  }
});

test('what is agreed upon, by what is known', async () => {
  await using store = await openStore({ kind: 'etcd', endpoints: etcd.endpoints });
  const rows: readonly [before: string | undefined, V2Signs, string][] = [
    [undefined, { state: 'answers', silent: [] }, 'v2'],
    [undefined, { state: 'answers', silent: ['x'] }, 'v2'],
    [undefined, { state: 'absent', silent: [] }, 'v3'],
    [undefined, { state: 'absent', silent: ['x'] }, 'locksmith.api'],
    [undefined, { state: 'gone', silent: ['x'] }, 'v3'],
    ['v2', { state: 'absent', silent: [] }, 'v2'],
    ['v2', { state: 'answers', silent: [] }, 'v2'],
    ['v2', { state: 'gone', silent: [] }, 'v3'],
    ['v3', { state: 'answers', silent: [] }, 'v3'],
    ['v4', { state: 'answers', silent: [] }, 'locksmith.api'],
  ];
  for (const [before, signs, expected] of rows) {
    const keys = v3Keys('/keelson', newGroup());
    if (before !== undefined) await store.transact([], [{ kind: 'put', key: keys.api, value: before }]);
    const outcome = await agreedApi(store, keys, signs).catch((error) => error.code);
    assert.equal(outcome, expected, JSON.stringify([before, signs]));
    if (expected.startsWith('v')) {
      assert.equal((await store.get(keys.api))?.value, expected);
      assert.equal(await agreedApi(store, keys, { state: 'absent', silent: ['x'] }), expected);
    }
  }
});

test('versions of etcd: 2 is gone since 3.6, 3 is spoken as here since 3.4', () => {
  const say = (version: string | undefined) => Object.values(apisOf(version)).map(Number).join('');
  assert.deepEqual(
    [undefined, 'not_decided', '2.3.0', '3.3.0', '3.4.0', '3.5.9', '3.6.0', '4.0.0'].map(say),
    ['10', '10', '10', '10', '11', '11', '01', '01'],
  );
});
