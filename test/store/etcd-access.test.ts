// The etcd store with TLS, client certificates and users.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../src/host/index.ts';
import { openStore, prefixRange, type Store, storeErrors } from '../../src/store/index.ts';
import { certificates } from './certificates.ts';
import { put } from './conformance.ts';
import { type EtcdCluster, startEtcd } from './etcd-process.ts';
import { Watching } from './watching.ts';

describe('the etcd store behind TLS and users', { timeout: 280_000 }, () => {
  let directory: string;
  let cluster: EtcdCluster;
  let ours: Awaited<ReturnType<typeof certificates>>;
  let theirs: Awaited<ReturnType<typeof certificates>>;
  const tls = () => ({ ca: ours.ca, cert: ours.client, key: ours.clientKey });
  const open = (more: object = {}): Promise<Store> =>
    openStore({ kind: 'etcd', endpoints: cluster.endpoints, tls: tls(), ...more });
  const denied = (error: unknown) => storeErrors.is(error, 'denied');
  const etcdctl = (...args: string[]) =>
    run(
      'etcdctl',
      [
        ...['--endpoints', cluster.endpoints.join(), '--cacert', ours.ca],
        ...['--cert', ours.client, '--key', ours.clientKey],
        ...args,
      ],
      { env: { ...process.env, ETCDCTL_API: '3' } as Record<string, string> },
    );

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'keelson-tls-'));
    [ours, theirs] = [await certificates(directory, 'ours'), await certificates(directory, 'theirs')];
    cluster = await startEtcd({
      tls: { ca: ours.ca, cert: ours.server, key: ours.serverKey },
      args: ['--auth-token-ttl', '2'],
    });
  });
  after(async () => {
    await cluster[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  test('with a client certificate: calls, watches and leases', async () => {
    await using store = await open({ deadlineMs: 20_000 });
    await using watching = new Watching(store, prefixRange('/tls/'));
    await watching.untilSnapshot();
    const lease = await store.grantLease({ ttlMs: 5000 });
    await store.transact([], [put('/tls/a', '1', lease.id)]);
    await watching.untilValue('/tls/a', '1');
    await lease.revoke();
    await watching.untilValue('/tls/a', undefined);
  });

  test('no certificate, one of a stranger, a server of a stranger: denied', async () => {
    for (const strange of [
      { ca: ours.ca },
      { ca: ours.ca, cert: theirs.client, key: theirs.clientKey },
      { ...tls(), ca: theirs.ca },
    ]) {
      await using store = await open({ tls: strange });
      await assert.rejects(store.get('/a'), denied, JSON.stringify(strange));
    }
    await assert.rejects(open({ tls: { ca: join(directory, 'missing') } }), /missing/);
    const garbage = join(directory, 'garbage');
    await writeFile(garbage, 'no certificate');
    await assert.rejects(async () => {
      await using store = await open({ tls: { ...tls(), cert: garbage } });
      await store.get('/a');
    }, denied);
  });

  test('users: what is granted works, also after the token ran out; the rest is denied', async () => {
    await etcdctl('user', 'add', 'root:rootpw');
    await etcdctl('user', 'grant-role', 'root', 'root');
    await etcdctl('role', 'add', 'fleet');
    await etcdctl('role', 'grant-permission', 'fleet', 'readwrite', '/fleet/', '--prefix=true');
    await etcdctl('user', 'add', 'fleet:secret');
    await etcdctl('user', 'grant-role', 'fleet', 'fleet');
    await etcdctl('auth', 'enable');
    await using named = await open({ user: 'fleet', password: 'secret' });
    await assert.rejects(named.get('/fleet/a'), /common name/);
    const nameless = { ca: ours.ca, cert: ours.nameless, key: ours.namelessKey };
    await using store = await open({ tls: nameless, user: 'fleet', password: 'secret' });
    await using watching = new Watching(store, prefixRange('/fleet/'));
    await watching.untilSnapshot();
    const lease = await store.grantLease({ ttlMs: 4000 });
    await store.transact([], [put('/fleet/a', '1', lease.id)]);
    await watching.untilValue('/fleet/a', '1');
    await sleep(7000);
    await store.transact([], [put('/fleet/a', '2', lease.id)]);
    await watching.untilValue('/fleet/a', '2');
    assert.ok(lease.safeUntilMs() > performance.now());
    await assert.rejects(store.get('/other'), denied);
    await assert.rejects(store.transact([], [put('/other', '')]), denied);
    await using forbidden = new Watching(store, prefixRange('/other/'));
    await forbidden.until(
      ({ events }) => events.some((event) => event.kind === 'connection' && !event.connected),
      'refusal',
    );
    await using wrong = await open({ tls: nameless, user: 'fleet', password: 'wrong' });
    await assert.rejects(wrong.get('/fleet/a'), denied);
    await using nobody = await open({ tls: nameless });
    await assert.rejects(nobody.get('/fleet/a'), denied);
    await lease.revoke();
  });
});
