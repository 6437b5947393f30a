// Before a machine is given up the store is asked: of presence and mark, one watch tells before the other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Absentees } from '../../../src/fleet/engine/absentees.ts';
import { Presence } from '../../../src/fleet/engine/presence.ts';
import { fleetKeys } from '../../../src/fleet/registry/keys.ts';
import { writeMachine } from '../../../src/fleet/registry/records.ts';
import { ClusterView } from '../../../src/fleet/registry/view.ts';
import { memoryStore, type WatchEvent } from '../../../src/store/index.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const keys = fleetKeys('/keelson');
const record = writeMachine({ primaryIP: '', metadata: {}, version: '1', instance: 'i' });

async function begin() {
  const store = await memoryStore();
  let nowMs = 0;
  const snapshot: WatchEvent = { kind: 'snapshot', keyValues: [], revision: 1 };
  const deaf = Object.create(store, {
    watch: {
      value: async function* () {
        yield snapshot;
      },
    },
  });
  const presence = new Presence(deaf, keys, () => nowMs, log);
  await presence.run(new AbortController().signal);
  const view = new ClusterView(keys);
  const clock = { now: () => nowMs, after: () => () => {} };
  const options = { store, keys, presence, ttlMs: 10_000, clock, log, view, wake: () => {} };
  const absentees = new Absentees(options);
  absentees.missed('m1', true);
  nowMs = 60_000;
  const put = (key: string, value: string) => store.transact([], [{ kind: 'put', key, value }]);
  return { store, put, view, absentees };
}

test('a machine that is gone is lost, with why', async () => {
  const { store, absentees } = await begin();
  await using _closed = store;
  assert.deepEqual([...(await absentees.lost())], [['m1', 'went away']]);
  assert.deepEqual([...(await absentees.lost())], []);
});

test('one whose mark an operator removed was given up', async () => {
  const { store, absentees } = await begin();
  await using _closed = store;
  absentees.forget('m1');
  assert.deepEqual([...(await absentees.lost())], [['m1', 'was given up by an operator']]);
});

test('one that came back, or is away, is not lost, although no watch has told of it yet', async () => {
  for (const forgotten of [false, true]) {
    const { store, put, absentees, view } = await begin();
    await using _closed = store;
    if (forgotten) absentees.forget('m1');
    await put(keys.machine('m1'), record);
    assert.deepEqual([...(await absentees.lost())], []);
    await store.transact([], [{ kind: 'delete', key: keys.machine('m1') }]);
    await put(keys.away('m1'), '{"since":"2026-01-01T00:00:00Z"}');
    assert.deepEqual([...(await absentees.lost())], []);
    assert.ok(view.away.has('m1'));
  }
});
