// What every store must do, whichever it is. Run by one test file for each kind of store.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Operation, prefixRange, type Store, storeErrors } from '../../src/store/index.ts';
import { electionConformance } from './conformance-election.ts';
import { leaseConformance } from './conformance-lease.ts';
import { modelConformance } from './conformance-model.ts';
import { watchConformance } from './conformance-watch.ts';

export interface Subject {
  readonly store: Store;
  /** A second client of the same store; the same one where only one can be. */
  readonly other: Store;
}

export interface SubjectFactory {
  open(): Promise<Subject>;
  close(): Promise<void>;
}

/** Gives each test a prefix of its own in the one store. */
export type Prefix = () => string;

export const put = (key: string, value: string, lease?: string): Operation => ({
  kind: 'put',
  key,
  value,
  ...(lease === undefined ? {} : { lease }),
});

export const remove = (key: string): Operation => ({ kind: 'delete', key });

/** Declares the whole suite for one kind of store. */
export function conformance(kind: string, factory: SubjectFactory): void {
  describe(`a store (${kind})`, { timeout: 280_000 }, () => {
    let subject: Subject;
    let count = 0;
    const prefix: Prefix = () => `/test/${++count}/`;
    const get = () => subject;
    before(async () => {
      subject = await factory.open();
    });
    after(() => factory.close());
    describe('ranges', () => rangeTests(get, prefix));
    describe('transactions', () => transactionTests(get, prefix));
    describe('watches', () => watchConformance(get, prefix));
    describe('leases', () => leaseConformance(get, prefix));
    describe('election', () => electionConformance(get, prefix));
    describe('against a plain map', () => modelConformance(get, prefix));
  });
}

function rangeTests(subject: () => Subject, prefix: Prefix): void {
  test('a key that is not there is undefined', async () => {
    assert.equal(await subject().store.get(`${prefix()}nothing`), undefined);
  });

  test('a range comes in byte order, also beyond the first plane, and ends before its end', async () => {
    const { store } = subject();
    const at = prefix();
    // UTF-16 would put the emoji before the private-use character; UTF-8 does not.
    const names = ['', '\u0001', 'A', 'a', 'a/b', 'aa', 'é', '日本', '\ue000', '😀'];
    await store.transact(
      [],
      names.toReversed().map((name) => put(at + name, `value of ${name}`)),
    );
    await store.transact([], [put(`${at.slice(0, -1)}0`, 'just behind the prefix')]);
    const { keyValues } = await store.range(prefixRange(at));
    assert.deepEqual(
      keyValues.map(({ key, value }) => [key, value]),
      names.map((name) => [at + name, `value of ${name}`]),
    );
    const part = await store.range({ from: `${at}a`, to: `${at}aa` });
    assert.deepEqual(
      part.keyValues.map(({ key }) => key.slice(at.length)),
      ['a', 'a/b'],
    );
  });

  test('values are kept as they are: empty, unicode, line ends, zero bytes', async () => {
    const { store } = subject();
    const at = prefix();
    for (const value of ['', '\0', 'a\0b', '\r\n', 'Grüße, 世界 😀', '{"json":true}', '\ufeff']) {
      await store.transact([], [put(`${at}k`, value)]);
      assert.equal((await store.get(`${at}k`))?.value, value);
    }
  });

  test('big values, and a range of several megabytes', async () => {
    const { store } = subject();
    const at = prefix();
    const value = 'é'.repeat(500_000);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await store.transact([], [put(at + name, value)]);
    const { keyValues } = await store.range(prefixRange(at));
    assert.equal(keyValues.length, 6);
    assert.ok(keyValues.every((pair) => pair.value === value));
    await store.transact([], [{ kind: 'delete-range', range: prefixRange(at) }]);
  });

  test('what no store takes is refused before anything happens', async () => {
    const { store } = subject();
    const at = prefix();
    const invalid = (error: unknown) => storeErrors.is(error, 'invalid');
    const refused: (readonly Operation[])[] = [
      [put('', 'x')],
      [put(`${at}k`, 'x'), put(`${at}k`, 'y')],
      [put(`${at}k`, 'x'), remove(`${at}k`)],
      [put(`${at}k`, 'x'), { kind: 'delete-range', range: prefixRange(at) }],
      [{ kind: 'delete-range', range: { from: 'b', to: 'a' } }],
      [put(`${at}k`, 'x'.repeat(2_000_000))],
      [put(`${at}k`, 'x', '12345')],
      Array.from({ length: store.maxOperations + 1 }, (_, index) => put(`${at}${index}`, '')),
    ];
    for (const operations of refused) await assert.rejects(store.transact([], operations), invalid);
    await assert.rejects(store.get(''), invalid);
    await assert.rejects(store.range({ from: 'a', to: 'a' }), invalid);
    assert.deepEqual((await store.range(prefixRange(at))).keyValues, []);
  });
}

function transactionTests(subject: () => Subject, prefix: Prefix): void {
  test('revisions: one for a transaction, none for one that changes nothing', async () => {
    const { store } = subject();
    const at = prefix();
    const first = await store.transact([], [put(`${at}a`, '1'), put(`${at}b`, '1')]);
    const second = await store.transact([], [put(`${at}a`, '2')]);
    assert.equal(second.revision, first.revision + 1);
    const idle = await store.transact([], [remove(`${at}missing`)]);
    assert.deepEqual(idle, { committed: true, revision: second.revision });
    const { keyValues, revision } = await store.range(prefixRange(at));
    assert.equal(revision, second.revision);
    assert.deepEqual(keyValues, [
      { key: `${at}a`, value: '2', createRevision: first.revision, modRevision: second.revision },
      { key: `${at}b`, value: '1', createRevision: first.revision, modRevision: first.revision },
    ]);
  });

  test('a key that was deleted and made again is a new one', async () => {
    const { store } = subject();
    const at = prefix();
    await store.transact([], [put(`${at}a`, '1')]);
    await store.transact([], [remove(`${at}a`)]);
    const { revision } = await store.transact([{ key: `${at}a`, modRevision: 0 }], [put(`${at}a`, '1')]);
    assert.deepEqual(await store.get(`${at}a`), {
      key: `${at}a`,
      value: '1',
      createRevision: revision,
      modRevision: revision,
    });
  });

  test('one guard that fails and nothing is done', async () => {
    const { store } = subject();
    const at = prefix();
    const { revision } = await store.transact([], [put(`${at}a`, '1')]);
    const guards = [
      { key: `${at}a`, modRevision: revision },
      { key: `${at}b`, modRevision: 7 },
    ];
    const result = await store.transact(guards, [put(`${at}a`, '2'), put(`${at}c`, '2')]);
    assert.deepEqual(result, { committed: false, revision });
    assert.equal((await store.get(`${at}a`))?.value, '1');
    assert.equal(await store.get(`${at}c`), undefined);
  });

  test('delete-range takes its keys and no others', async () => {
    const { store } = subject();
    const at = prefix();
    await store.transact([], [put(`${at}a/1`, ''), put(`${at}a/2`, ''), put(`${at}b`, '')]);
    await store.transact([], [{ kind: 'delete-range', range: prefixRange(`${at}a/`) }, put(`${at}c`, '')]);
    const { keyValues } = await store.range(prefixRange(at));
    assert.deepEqual(
      keyValues.map(({ key }) => key),
      [`${at}b`, `${at}c`],
    );
  });

  test('as many operations and guards as are allowed', async () => {
    const { store } = subject();
    const at = prefix();
    const names = Array.from({ length: store.maxOperations }, (_, index) => `${at}${index}`);
    const result = await store.transact(
      names.map((key) => ({ key, modRevision: 0 })),
      names.map((key) => put(key, key)),
    );
    assert.equal(result.committed, true);
    assert.equal((await store.range(prefixRange(at))).keyValues.length, store.maxOperations);
  });

  test('of many that claim one key at once exactly one gets it', async () => {
    const { store, other } = subject();
    const key = `${prefix()}claim`;
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? store : other).transact([{ key, modRevision: 0 }], [put(key, String(index))]),
      ),
    );
    const winners = results.flatMap(({ committed }, index) => (committed ? [String(index)] : []));
    assert.deepEqual(winners, [(await store.get(key))?.value]);
  });

  test('counting up by compare-and-swap from many sides loses nothing', async () => {
    const { store, other } = subject();
    const key = `${prefix()}counter`;
    const countUp = async (client: Store) => {
      for (;;) {
        const now = await client.get(key);
        const next = String(Number(now?.value ?? '0') + 1);
        const guard = { key, modRevision: now?.modRevision ?? 0 };
        if ((await client.transact([guard], [put(key, next)])).committed) return;
        await sleep(Math.random() * 5);
      }
    };
    await Promise.all(Array.from({ length: 30 }, (_, index) => countUp(index % 2 === 0 ? store : other)));
    assert.equal((await store.get(key))?.value, '30');
  });

  test('2,000 puts at once', async () => {
    const { store } = subject();
    const at = prefix();
    const results = await Promise.all(
      Array.from({ length: 2000 }, (_, index) => store.transact([], [put(`${at}${index}`, 'x')])),
    );
    assert.equal(new Set(results.map(({ revision }) => revision)).size, 2000);
    assert.equal((await store.range(prefixRange(at))).keyValues.length, 2000);
  });
}
