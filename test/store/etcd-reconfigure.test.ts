// The way to etcd is another one from now on: watches and leases do not notice.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore, prefixRange, type Store, storeErrors, type WatchEvent } from '../../src/store/index.ts';
import { certificates } from './certificates.ts';
import { startEtcd } from './etcd-process.ts';

const etcd = (endpoint: string, more: object = {}) =>
  ({ kind: 'etcd', endpoints: [endpoint], deadlineMs: 3000, ...more }) as const;

const put = (store: Store, key: string, value: string) => store.transact([], [{ kind: 'put', key, value }]);

test('a watch goes on where it is, without a word, and a lease holds', { timeout: 60_000 }, async () => {
  await using cluster = await startEtcd();
  const [endpoint = ''] = cluster.endpoints;
  await using store = await openStore(etcd(endpoint));
  const stop = new AbortController();
  const events: WatchEvent[] = [];
  const seen = new Map<string, () => void>();
  const listed = Promise.withResolvers<void>();
  const until = (key: string) => new Promise<void>((resolve) => seen.set(key, resolve));
  const watching = (async () => {
    for await (const event of store.watch(prefixRange('/k/'), { signal: stop.signal })) {
      events.push(event);
      if (event.kind === 'snapshot') listed.resolve();
      if (event.kind !== 'changes') continue;
      for (const change of event.changes) if (change.kind === 'put') seen.get(change.keyValue.key)?.();
    }
  })();
  await listed.promise;
  const lease = await store.grantLease({ ttlMs: 5000 });
  let lost = false;
  void lease.lost.then(() => {
    lost = true;
  });
  const other = endpoint.replace('127.0.0.1', 'localhost');
  for (const to of [other, endpoint, other]) {
    await store.reconfigure?.(etcd(to), '/k/none');
    assert.equal(store.description, `etcd at ${new URL(to).host}`);
    const key = `/k/${to}/${Math.random()}`;
    const came = until(key);
    await put(store, key, 'x');
    await came;
  }
  assert.equal(events.filter(({ kind }) => kind === 'connection').length, 0);
  assert.equal(events.filter(({ kind }) => kind === 'snapshot').length, 1);
  const before = lease.safeUntilMs();
  while (lease.safeUntilMs() === before && !lost) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(!lost);
  await lease.revoke();
  stop.abort();
  await watching;
});

test('what does not answer, or is another cluster, is refused, and all is as before', {
  timeout: 60_000,
}, async () => {
  await using ours = await startEtcd();
  await using theirs = await startEtcd();
  const [endpoint = ''] = ours.endpoints;
  await using store = await openStore(etcd(endpoint));
  await put(store, '/k', 'ours');
  const [stranger = ''] = theirs.endpoints;
  await assert.rejects(
    async () => store.reconfigure?.(etcd(stranger), '/k'),
    /is another cluster than the one/,
  );
  const dead = etcd('http://127.0.0.1:1', { deadlineMs: 500 });
  await assert.rejects(
    async () => store.reconfigure?.(dead, '/k'),
    (error) => storeErrors.is(error, 'unavailable'),
  );
  await assert.rejects(
    async () => store.reconfigure?.(etcd(endpoint, { tls: { ca: '/nowhere' } }), '/k'),
    /\/nowhere for etcd cannot be read/,
  );
  assert.equal(store.description, `etcd at ${new URL(endpoint).host}`);
  assert.equal((await store.get('/k'))?.value, 'ours');
});

test('certificates and users may change on the way', { timeout: 60_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'keelson-reconfigure-'));
  try {
    const {
      ca,
      caKey: _,
      server,
      serverKey,
      client,
      clientKey,
      nameless,
      namelessKey,
    } = await certificates(directory, 'c');
    await using cluster = await startEtcd({ tls: { ca, cert: server, key: serverKey } });
    const [endpoint = ''] = cluster.endpoints;
    const named = etcd(endpoint, { tls: { ca, cert: client, key: clientKey } });
    const other = etcd(endpoint, { tls: { ca, cert: nameless, key: namelessKey } });
    await using store = await openStore({ ...named, deadlineMs: 20_000 });
    await put(store, '/k', 'x');
    await store.reconfigure?.(other, '/k');
    assert.equal((await store.get('/k'))?.value, 'x');
    const alone = etcd(endpoint, { tls: { ca }, deadlineMs: 1000 });
    await assert.rejects(
      async () => store.reconfigure?.(alone, '/k'),
      (error) => storeErrors.is(error),
    );
    assert.equal((await store.get('/k'))?.value, 'x');
  } finally {
    await rm(directory, { recursive: true });
  }
});
