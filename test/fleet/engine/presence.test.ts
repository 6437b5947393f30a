import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Presence } from '../../../src/fleet/engine/presence.ts';
import { fleetKeys } from '../../../src/fleet/registry/keys.ts';
import { memoryStore, type WatchEvent } from '../../../src/store/index.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const gone: WatchEvent = { kind: 'connection', connected: false, reason: 'etcd is away.' };
const back: WatchEvent = { kind: 'connection', connected: true, reason: 'etcd answers again' };
const snapshot: WatchEvent = { kind: 'snapshot', keyValues: [], revision: 7 };

/** What a presence says of the store after each of these events. */
async function told(events: readonly WatchEvent[]): Promise<(string | number)[]> {
  await using store = await memoryStore();
  const said: (string | number)[] = [];
  let nowMs = 0;
  const look = () => said.push(presence.problem ?? presence.continuousSinceMs ?? assert.fail());
  async function* watch() {
    for (const event of events) {
      yield event;
      look();
      nowMs += 1000;
    }
  }
  store.watch = watch;
  const presence = new Presence(store, fleetKeys('/keelson'), () => nowMs, silent);
  await presence.run(new AbortController().signal);
  return said;
}

test('a store that comes back without news is there again', async () => {
  assert.deepEqual(await told([snapshot, gone, back]), [0, 'etcd is away.', 2000]);
});

test('a store that has never told anything is not there before it does', async () => {
  const first = 'the store has not answered yet';
  assert.deepEqual(await told([back, snapshot]), [first, 1000]);
  assert.deepEqual(await told([gone, back, snapshot]), ['etcd is away.', 'etcd is away.', 2000]);
});
