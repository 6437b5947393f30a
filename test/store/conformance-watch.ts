// What the watches of every store must do.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prefixRange } from '../../src/store/index.ts';
import { type Prefix, put, remove, type Subject } from './conformance.ts';
import { Watching } from './watching.ts';

export function watchConformance(subject: () => Subject, prefix: Prefix): void {
  test('begins with a snapshot, then tells each change of the range and no other', async () => {
    const { store, other } = subject();
    const at = prefix();
    const before = await store.transact([], [put(`${at}a`, '1')]);
    await using watching = new Watching(store, prefixRange(at));
    await watching.untilSnapshot();
    const one = await other.transact([], [put(`${at}b`, '2'), put('/elsewhere', '')]);
    const two = await other.transact([], [remove(`${at}a`)]);
    await watching.untilValue(`${at}a`, undefined);
    assert.deepEqual(watching.events[0], {
      kind: 'snapshot',
      revision: before.revision,
      keyValues: [
        { key: `${at}a`, value: '1', createRevision: before.revision, modRevision: before.revision },
      ],
    });
    const revision = one.revision;
    assert.deepEqual(watching.changes, [
      {
        kind: 'put',
        keyValue: { key: `${at}b`, value: '2', createRevision: revision, modRevision: revision },
      },
      { kind: 'delete', key: `${at}a`, modRevision: two.revision },
    ]);
  });

  test('a snapshot of nothing is a snapshot', async () => {
    await using watching = new Watching(subject().store, prefixRange(prefix()));
    await watching.untilSnapshot();
    assert.deepEqual(
      watching.events.map((event) => event.kind === 'snapshot' && event.keyValues),
      [[]],
    );
  });

  test('never half a transaction, in the order of revisions, nothing missed while others write', async () => {
    const { store, other } = subject();
    const at = prefix();
    const rounds = 200;
    const write = async () => {
      for (let round = 0; round < rounds; round++) {
        const value = String(round);
        await other.transact([], [put(`${at}x`, value), put(`${at}y`, value), put(`${at}z`, value)]);
      }
    };
    const writing = write();
    await using watching = new Watching(store, prefixRange(at));
    await writing;
    await watching.untilValue(`${at}z`, String(rounds - 1));
    let last = 0;
    let values = new Map<string, string>();
    for (const event of watching.events) {
      if (event.kind === 'connection') continue;
      assert.ok(event.revision > last || event.kind === 'snapshot');
      last = event.revision;
      if (event.kind === 'snapshot') values = new Map(event.keyValues.map(({ key, value }) => [key, value]));
      else {
        for (const change of event.changes) {
          assert.equal(change.kind, 'put');
          if (change.kind !== 'put') continue;
          const before = values.get(change.keyValue.key);
          if (before !== undefined) assert.equal(Number(change.keyValue.value), Number(before) + 1);
          values.set(change.keyValue.key, change.keyValue.value);
        }
      }
      assert.equal(new Set(values.values()).size <= 1, true, 'half a transaction');
    }
  });

  test('goes on after a revision without a snapshot', async () => {
    const { store } = subject();
    const at = prefix();
    const { revision } = await store.transact([], [put(`${at}a`, '1')]);
    await store.transact([], [put(`${at}a`, '2')]);
    await store.transact([], [remove(`${at}a`)]);
    await store.transact([], [put(`${at}b`, '3')]);
    await using watching = new Watching(store, prefixRange(at), revision);
    await watching.untilValue(`${at}b`, '3');
    await store.transact([], [put(`${at}b`, '4')]);
    await watching.untilValue(`${at}b`, '4');
    assert.ok(watching.events.every((event) => event.kind === 'changes'));
    assert.deepEqual(
      watching.changes.map((change) => (change.kind === 'put' ? change.keyValue.value : 'deleted')),
      ['2', 'deleted', '3', '4'],
    );
  });

  test('a revision that the store has not reached means another store: a snapshot', async () => {
    const { store } = subject();
    const at = prefix();
    const { revision } = await store.transact([], [put(`${at}a`, '1')]);
    await using watching = new Watching(store, prefixRange(at), revision + 1_000_000);
    await watching.untilSnapshot();
    assert.equal(watching.state.get(`${at}a`)?.value, '1');
  });

  test('says which revisions a watch can go on after', async () => {
    const { store } = subject();
    const { revision } = await store.transact([], [put(`${prefix()}a`, '1')]);
    for (const [asked, known] of [
      ...[[revision, true] as const, [revision - 1, true] as const],
      ...[[revision + 1_000_000, false] as const, [0, false] as const],
    ]) {
      assert.equal(await store.remembers(asked), known, `${asked} of ${revision}`);
    }
  });

  test('the head of a range changes with each change of it, and with no other', async () => {
    const { store } = subject();
    const at = prefix();
    const range = prefixRange(at);
    const head = async () => {
      const { newest, count } = await store.head(range);
      return [newest, count];
    };
    assert.deepEqual(await head(), [0, 0]);
    const { revision } = await store.transact([], [put(`${at}a`, '1'), put(`${at}b`, '1')]);
    assert.deepEqual(await head(), [revision, 2]);
    const later = await store.transact([], [put(`${at}b`, '2')]);
    assert.deepEqual(await head(), [later.revision, 2]);
    await store.transact([], [put(`${prefix()}other`, '1')]);
    assert.deepEqual(await head(), [later.revision, 2]);
    await store.transact([], [remove(`${at}b`)]);
    assert.deepEqual(await head(), [revision, 1]);
    assert.ok((await store.head(range)).revision > later.revision);
  });

  test('many watches at once, and ending them', async () => {
    const { store } = subject();
    const at = prefix();
    const all = Array.from({ length: 40 }, () => new Watching(store, prefixRange(at)));
    try {
      await Promise.all(all.map((each) => each.untilSnapshot()));
      await store.transact([], [put(`${at}a`, 'all')]);
      await Promise.all(all.map((each) => each.untilValue(`${at}a`, 'all')));
    } finally {
      await Promise.all(all.map((each) => each[Symbol.asyncDispose]()));
    }
  });

  test('a watch whose signal is aborted already ends without an event', async () => {
    const options = { signal: AbortSignal.abort() };
    for await (const event of subject().store.watch(prefixRange(prefix()), options)) assert.fail(event.kind);
  });

  test('a reader that breaks off ends its watch', async () => {
    const options = { signal: new AbortController().signal };
    for await (const event of subject().store.watch(prefixRange(prefix()), options)) {
      assert.equal(event.kind, 'snapshot');
      break;
    }
  });

  test('a slow reader gets the whole state in the end', async () => {
    const { store } = subject();
    const at = prefix();
    const abort = new AbortController();
    const events = store.watch(prefixRange(at), { signal: abort.signal })[Symbol.asyncIterator]();
    assert.equal((await events.next()).value?.kind, 'snapshot');
    await Promise.all(
      Array.from({ length: 500 }, (_, index) => store.transact([], [put(`${at}${index}`, '')])),
    );
    const seen = new Set<string>();
    while (seen.size < 500) {
      const { value: event } = await events.next();
      if (event?.kind === 'changes')
        for (const change of event.changes) if (change.kind === 'put') seen.add(change.keyValue.key);
      if (event?.kind === 'snapshot') for (const pair of event.keyValues) seen.add(pair.key);
    }
    abort.abort();
    assert.equal((await events.next()).done, true);
  });
}
