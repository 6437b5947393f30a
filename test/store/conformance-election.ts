// What an election must do on every store.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { campaign, storeErrors } from '../../src/store/index.ts';
import { type Prefix, put, remove, type Subject } from './conformance.ts';

const ttlMs = 2000;

export function electionConformance(subject: () => Subject, prefix: Prefix): void {
  test('one leads; when it resigns the next follows at once', async () => {
    const { store, other } = subject();
    const key = `${prefix()}leader`;
    const { signal } = new AbortController();
    // So long that who waits for the lease's end instead of the resignation is found out.
    const long = { ttlMs: 30_000 };
    const [a, b] = [await store.grantLease(long), await other.grantLease(long)];
    const first = await campaign({ store, key, value: 'a', lease: a, signal });
    assert.ok(first.safeUntilMs() > performance.now());
    let second: string | undefined;
    const following = campaign({ store: other, key, value: 'b', lease: b, signal }).then((leadership) => {
      second = leadership.key;
      return leadership;
    });
    await sleep(200);
    assert.equal(second, undefined);
    const began = performance.now();
    await first.resign();
    const leadership = await following;
    assert.ok(performance.now() - began < 25_000, 'took too long');
    assert.ok(first.safeUntilMs() < performance.now());
    assert.match((await first.lost).reason, /given up/);
    assert.equal((await store.get(key))?.value, 'b');
    assert.equal((await store.transact([first.guard], [put(`${key}-act`, '')])).committed, false);
    assert.equal((await store.transact([leadership.guard], [put(`${key}-act`, '')])).committed, true);
    await a.revoke();
    await b.revoke();
    assert.match((await leadership.lost).reason, /lease|deleted/);
  });

  test('a leader whose key is deleted loses; a leader that dies is followed', async () => {
    const { store, other } = subject();
    const key = `${prefix()}leader`;
    const { signal } = new AbortController();
    const [a, b] = [await store.grantLease({ ttlMs }), await other.grantLease({ ttlMs })];
    const first = await campaign({ store, key, value: 'a', lease: a, signal });
    await other.transact([], [remove(key)]);
    assert.match((await first.lost).reason, /deleted/);
    const again = await campaign({ store, key, value: 'a', lease: a, signal });
    const following = campaign({ store: other, key, value: 'b', lease: b, signal });
    a.abandon();
    const deadline = again.safeUntilMs();
    await again.lost;
    await following;
    assert.ok(performance.now() >= deadline - 50, 'two led at once');
    await b.revoke();
  });

  test('a key on our own lease is ours: an earlier run made it', async () => {
    const { store, other } = subject();
    const key = `${prefix()}leader`;
    const { signal } = new AbortController();
    const lease = await store.grantLease({ ttlMs });
    const first = await campaign({ store, key, value: 'a', lease, signal });
    const adopted = await other.grantLease({ ttlMs, adopt: lease.id });
    const second = await campaign({ store: other, key, value: 'a', lease: adopted, signal });
    assert.deepEqual(second.guard, first.guard);
    await adopted.revoke();
  });

  test('a campaign ends with its signal, or with its lease', async () => {
    const { store, other } = subject();
    const key = `${prefix()}leader`;
    const abort = new AbortController();
    const [a, b] = [await store.grantLease({ ttlMs }), await other.grantLease({ ttlMs })];
    await campaign({ store, key, value: 'a', lease: a, signal: abort.signal });
    const waiting = campaign({ store: other, key, value: 'b', lease: b, signal: abort.signal });
    const doomed = campaign({
      store: other,
      key,
      value: 'b',
      lease: b,
      signal: new AbortController().signal,
    });
    await sleep(100);
    abort.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    await b.revoke();
    await assert.rejects(doomed, (error) => storeErrors.is(error, 'unavailable'));
    assert.equal((await store.get(key))?.value, 'a');
    await a.revoke();
  });
}
