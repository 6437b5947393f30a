// What the leases of every store must do. etcd grants no lease shorter than 2 s (3/2 of its election timeout).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { prefixRange } from '../../src/store/index.ts';
import { type Prefix, put, type Subject } from './conformance.ts';
import { Watching } from './watching.ts';

const ttlMs = 2000;

export function leaseConformance(subject: () => Subject, prefix: Prefix): void {
  test('lives while it is kept, ends with all its keys in one revision when abandoned', async () => {
    const { store, other } = subject();
    const at = prefix();
    const lease = await store.grantLease({ ttlMs });
    assert.ok(lease.ttlMs >= ttlMs);
    await store.transact([], [put(`${at}a`, '', lease.id), put(`${at}b`, '', lease.id), put(`${at}c`, '')]);
    assert.equal((await other.get(`${at}a`))?.lease, lease.id);
    await using watching = new Watching(other, prefixRange(at));
    await sleep(ttlMs * 2);
    assert.ok(lease.safeUntilMs() > performance.now());
    assert.equal(watching.state.size, 3);
    lease.abandon();
    const safe = lease.safeUntilMs();
    assert.ok(safe <= performance.now() + lease.ttlMs);
    await watching.untilValue(`${at}a`, undefined);
    assert.ok(performance.now() >= safe - 50, 'gone before the time that was promised to be safe');
    assert.match((await lease.lost).reason, /ran out/);
    assert.ok(lease.safeUntilMs() < performance.now());
    const revisions = watching.changes.flatMap((change) =>
      change.kind === 'delete' ? [change.modRevision] : [],
    );
    assert.equal(revisions.length, 2);
    assert.equal(new Set(revisions).size, 1);
    assert.deepEqual([...watching.state.keys()], [`${at}c`]);
  });

  test('its time is told without adding to it: nearly all while it is kept, less and less when it is not', async () => {
    const { store, other } = subject();
    const lease = await store.grantLease({ ttlMs: 6000 });
    const kept = await other.leaseTime(lease.id);
    assert.equal(kept?.ttlMs, lease.ttlMs);
    assert.ok(kept.leftMs > 0 && kept.leftMs <= lease.ttlMs, `${kept.leftMs}`);
    lease.abandon();
    // Asked all the time, it runs out all the same.
    for (let before = lease.ttlMs; ; ) {
      const time = await other.leaseTime(lease.id);
      if (time === undefined) break;
      assert.ok(time.leftMs <= before, `${time.leftMs} after ${before}`);
      before = time.leftMs;
      await sleep(100);
    }
    assert.equal(await other.leaseTime('1'), undefined);
    assert.equal(await other.leaseTime('none'), undefined);
  });

  test('revoked, it is gone at once with its keys', async () => {
    const { store } = subject();
    const key = `${prefix()}a`;
    const lease = await store.grantLease({ ttlMs: 60_000 });
    await store.transact([], [put(key, '', lease.id)]);
    await lease.revoke();
    assert.equal(await store.get(key), undefined);
    assert.match((await lease.lost).reason, /revoked/);
    assert.ok(lease.safeUntilMs() < performance.now());
    await lease.revoke();
  });

  test('a key that is put again without the lease, or with another, leaves it', async () => {
    const { store } = subject();
    const at = prefix();
    const one = await store.grantLease({ ttlMs: 60_000 });
    const two = await store.grantLease({ ttlMs: 60_000 });
    await store.transact([], [put(`${at}a`, '', one.id), put(`${at}b`, '', one.id)]);
    await store.transact([], [put(`${at}a`, ''), put(`${at}b`, '', two.id)]);
    await one.revoke();
    const { keyValues } = await store.range(prefixRange(at));
    assert.deepEqual(
      keyValues.map(({ lease }) => lease),
      [undefined, two.id],
    );
    await two.revoke();
  });

  test('adopted by the next run it goes on with its keys; one that is gone is replaced', async () => {
    const { store, other } = subject();
    const key = `${prefix()}a`;
    const first = await store.grantLease({ ttlMs });
    await store.transact([], [put(key, '', first.id)]);
    first.abandon();
    const second = await other.grantLease({ ttlMs, adopt: first.id });
    assert.equal(second.id, first.id);
    await sleep(ttlMs * 2);
    assert.equal((await store.get(key))?.lease, first.id);
    await second.revoke();
    const third = await other.grantLease({ ttlMs, adopt: first.id });
    assert.notEqual(third.id, first.id);
    await third.revoke();
    const fourth = await other.grantLease({ ttlMs, adopt: 'no lease at all' });
    assert.match(fourth.id, /^\d+$/);
    await fourth.revoke();
  });

  test('a lease that somebody else revokes is lost', async () => {
    const { store, other } = subject();
    const lease = await store.grantLease({ ttlMs });
    const handle = await other.grantLease({ ttlMs, adopt: lease.id });
    await handle.revoke();
    await lease.lost;
    assert.ok(lease.safeUntilMs() < performance.now());
  });
}
