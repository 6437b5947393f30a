// The semaphore of an etcd that speaks TLS only and wants certificates, in both versions.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLock } from '../../../src/locksmith/semaphore/open.ts';
import { authority } from '../../http/authority.ts';
import { startEtcd } from '../../store/etcd-process.ts';

test('with the authority and a certificate it is reached; with less it is not, and nothing falls back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-locksmith-tls-'));
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  try {
    const [own, strange] = [authority('own'), authority('strange')];
    const [server, client] = [own.issue('server'), own.issue('client')];
    const ca = await file('ca.pem', own.cert);
    const other = await file('other.pem', strange.cert);
    const pair = {
      cert: await file('client.pem', client.cert),
      key: await file('client-key.pem', client.key),
    };
    await using etcd = await startEtcd({
      args: ['--enable-v2'],
      tls: { ca, cert: await file('server.pem', server.cert), key: await file('server-key.pem', server.key) },
    });
    const open = async (api: 'v2' | 'v3' | 'auto', tls: { ca?: string; cert?: string; key?: string }) => {
      const access = { endpoints: etcd.endpoints, ...tls };
      const lock = await openLock({ access, api, prefix: '/keelson', group: api, leaseMs: 60_000 });
      await lock.status();
      return lock;
    };
    for (let tries = 1; ; tries++) {
      const isUp = await open('v2', { ca, ...pair }).then(
        (lock) => lock[Symbol.asyncDispose]().then(() => true),
        (error: unknown) => {
          if (tries === 60) throw error;
          return false;
        },
      );
      if (isUp) break;
      await sleep(500);
    }
    for (const api of ['v2', 'v3', 'auto'] as const) {
      await using lock = await open(api, { ca, ...pair });
      await lock.take('m1');
      assert.equal((await lock.status()).holders[0]?.id, 'm1', api);
    }
    for (const less of [{ ca }, { ca: other, ...pair }, pair]) {
      await assert.rejects(open('v2', less), { code: 'locksmith.unavailable' });
    }
    await assert.rejects(open('v2', { ca: join(folder, 'none.pem'), ...pair }), {
      code: 'locksmith.config',
      message: /none\.pem for etcd cannot be read/,
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
