// The etcd store when etcd's disk stalls and when its space is used up.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore, prefixRange, storeErrors } from '../../src/store/index.ts';
import { put } from './conformance.ts';
import { startEtcd } from './etcd-process.ts';
import { type Mount, mountDisk } from './mounts.ts';
import { Watching } from './watching.ts';

/** A member on a frozen disk cannot even be killed: the disk is thawed before anything else is cleaned up. */
async function frozen<T>(disk: Mount, work: () => Promise<T>): Promise<T> {
  disk.freeze();
  try {
    return await work();
  } finally {
    disk.thaw();
  }
}

describe('the etcd store at the limits of etcd', { timeout: 280_000 }, () => {
  test('a disk that stalls for 4 s: calls wait, the watch and the lease stay', async () => {
    using disk = mountDisk(300);
    await using cluster = await startEtcd({ dataDirectory: disk.directory });
    await using store = await openStore({ kind: 'etcd', endpoints: cluster.endpoints, deadlineMs: 10_000 });
    await using hasty = await openStore({ kind: 'etcd', endpoints: cluster.endpoints, deadlineMs: 1500 });
    await using watching = new Watching(store, prefixRange('/a'));
    const lease = await store.grantLease({ ttlMs: 10_000 });
    await store.transact([], [put('/a', '1', lease.id)]);
    const began = performance.now();
    const waiting = await frozen(disk, async () => {
      const call = store.transact([], [put('/a', '2', lease.id)]);
      call.catch(() => {});
      await assert.rejects(hasty.transact([], [put('/a/hasty', '')]), /may or may not/);
      // It did not wait for the disk, which stalls on.
      await sleep(Math.max(0, 4000 - (performance.now() - began)));
      return { call };
    });
    assert.equal((await waiting.call).committed, true);
    assert.ok(performance.now() - began > 3900);
    await watching.untilValue('/a', '2');
    assert.ok(lease.safeUntilMs() > performance.now());
    assert.ok(watching.events.every(({ kind }) => kind !== 'connection'));
    await lease.revoke();
  });

  test('no space: store.full says what to do, reading and deleting go on', async () => {
    await using cluster = await startEtcd({ args: ['--quota-backend-bytes', String(4 * 1024 * 1024)] });
    await using store = await openStore({ kind: 'etcd', endpoints: cluster.endpoints });
    const value = 'x'.repeat(1_000_000);
    const refusal = await (async () => {
      for (let round = 0; round < 20; round++) {
        try {
          await store.transact([], [put(`/a/${round}`, value)]);
        } catch (error) {
          return error;
        }
      }
      return undefined;
    })();
    assert.ok(storeErrors.is(refusal, 'full'), String(refusal));
    assert.match(refusal.hint ?? '', /alarm disarm/);
    const { keyValues } = await store.range(prefixRange('/a/'));
    assert.ok(keyValues.length > 0);
    const gone = await store.transact([], [{ kind: 'delete-range', range: prefixRange('/a/') }]);
    assert.equal(gone.committed, true);
  });

  test('what is too large for an etcd with a small --max-request-bytes is refused as invalid', async () => {
    await using cluster = await startEtcd({ args: ['--max-request-bytes', '10000'] });
    await using store = await openStore({ kind: 'etcd', endpoints: cluster.endpoints });
    const refused = store.transact([], [put('/a', 'x'.repeat(20_000))]);
    await assert.rejects(refused, (error) => storeErrors.is(error, 'invalid'));
  });
});
