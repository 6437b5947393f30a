// The keys of fleet.conf about etcd, on a real etcd that demands certificates and a login.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { chooseStore } from '../../src/fleet/choose-store.ts';
import { parseConfig } from '../../src/fleet/config.ts';
import { fleetKeys } from '../../src/fleet/registry/keys.ts';
import { run } from '../../src/host/index.ts';
import { openStore, storeErrors } from '../../src/store/index.ts';
import { certificates } from '../store/certificates.ts';
import { startEtcd } from '../store/etcd-process.ts';

test('etcd_cafile, etcd_certfile, etcd_keyfile, etcd_username and etcd_password are used', {
  timeout: 240_000,
}, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'keelson-etcd-keys-'));
  try {
    const made = await certificates(directory, 'c');
    await using cluster = await startEtcd({
      tls: { ca: made.ca, cert: made.server, key: made.serverKey },
    });
    const [endpoint = ''] = cluster.endpoints;
    const etcdctl = async (...args: string[]) => {
      const env = { PATH: process.env.PATH ?? '', ETCDCTL_API: '3' };
      const tls = ['--cacert', made.ca, '--cert', made.client, '--key', made.clientKey];
      await run('etcdctl', ['--endpoints', endpoint, '--dial-timeout', '10s', ...tls, ...args], { env });
    };
    await etcdctl('user', 'add', 'root:r');
    await etcdctl('user', 'add', 'fleet:s3#cret');
    await etcdctl('role', 'add', 'fleet');
    await etcdctl('role', 'grant-permission', 'fleet', '--prefix=true', 'readwrite', '/mine/');
    await etcdctl('user', 'grant-role', 'fleet', 'fleet');
    await etcdctl('user', 'grant-role', 'root', 'root');
    await etcdctl('auth', 'enable');
    const lines = {
      etcd_servers: `['${endpoint}/']`,
      etcd_cafile: made.ca,
      etcd_certfile: made.nameless,
      etcd_keyfile: made.namelessKey,
      etcd_username: 'fleet',
      etcd_password: '"s3#cret"',
      etcd_key_prefix: '/mine/',
      etcd_request_timeout: '20.0',
    };
    const open = (changes: Partial<Record<keyof typeof lines, string>>) => {
      const all = Object.entries({ ...lines, ...changes }).filter(([, value]) => value !== '');
      const text = all.map(([key, value]) => `${key} = ${value}`).join('\n');
      const { config } = parseConfig(text, 'fleet.conf', {});
      return { config, store: openStore(chooseStore(config, [], undefined)) };
    };
    {
      const { config, store: opening } = open({});
      await using store = await opening;
      const key = fleetKeys(config.etcdKeyPrefix).unit('a.service');
      assert.ok(key.startsWith('/mine/fleet/'), key);
      await store.transact([], [{ kind: 'put', key, value: 'x' }]);
      assert.equal((await store.get(key))?.value, 'x');
      const denied = (error: unknown) => storeErrors.is(error, 'denied');
      await assert.rejects(store.get('/other'), denied);
    }
    for (const changes of [
      { etcd_password: 'wrong' },
      { etcd_username: '', etcd_password: '' },
      { etcd_certfile: '', etcd_keyfile: '', etcd_request_timeout: '2' },
      { etcd_cafile: '', etcd_request_timeout: '2' },
    ]) {
      await using store = await open(changes).store;
      await assert.rejects(
        store.get('/mine/fleet/x'),
        (error) => storeErrors.is(error),
        JSON.stringify(changes),
      );
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
