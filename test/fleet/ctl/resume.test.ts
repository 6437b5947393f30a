// fleetctl while the daemon that it speaks to is restarted: what it waits for goes on, from where it was.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cluster } from './cluster.ts';

const text = '[Service]\nExecStart=/bin/sleep 1000\n';

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    if (holds()) return;
    await sleep(50);
  }
  assert.fail(what);
}

const streams = (seen: readonly string[]) => seen.filter((line) => line.includes('/fleet/v2/events'));

test('start goes on after a restart of the daemon that is not ready at once', {
  timeout: 180_000,
}, async () => {
  let [room, ready] = [false, true];
  await using c = await cluster({
    outcome: (name) => (room || name === 'now.service' ? 'active' : 'none'),
    api: { unavailable: () => (ready ? undefined : 'fleet server unable to communicate with etcd') },
  });
  for (const name of ['now.service', 'later.service', 'gone.service'])
    writeFileSync(join(c.folder, name), text);
  const started = c.fleetctl('start', 'now', 'later', 'gone', '--timeout=0');
  // It is told of all three, and waits for two.
  await until(() => streams(c.seen).length === 1, 'it follows');
  await until(() => c.log.includes('now.service launched'), 'one of them runs');
  await c.stop();
  // Meanwhile one is destroyed, and a place for the other is found.
  room = true;
  await c.context.store.transact([], [{ kind: 'delete', key: c.context.keys.unit('gone.service') }]);
  ready = false;
  const before = c.seen.length;
  await c.start();
  await until(() => c.seen.length > before, 'it asks again while nothing is ready');
  ready = true;
  await until(() => streams(c.seen).some((line) => line.includes('since=')), 'it goes on from where it was');
  const { status, stdout, stderr } = await started;
  assert.match(stdout, /^Unit now.service launched on /m);
  assert.match(stdout, /^Unit later.service launched on /m);
  assert.match(stderr, /^Unit gone.service was destroyed meanwhile.$/m);
  assert.match(stderr, /Trying again; what was asked for goes on meanwhile/);
  assert.equal(status, 1);
});

test('a server that has forgotten tells everything again', { timeout: 180_000 }, async () => {
  let room = false;
  await using c = await cluster({ outcome: () => (room ? 'active' : 'none') });
  const { store } = c.context;
  Object.defineProperty(store, 'remembers', { value: async () => false });
  writeFileSync(join(c.folder, 'a.service'), text);
  const started = c.fleetctl('start', 'a', '--timeout=0');
  await until(() => streams(c.seen).length === 1, 'it follows');
  await c.stop();
  await c.start();
  await until(() => streams(c.seen).length >= 2, 'it asks again');
  room = true;
  // Anything that changes lets the machine look again.
  const put = { kind: 'put', key: c.context.keys.unit('other.service'), value: '{}' } as const;
  await store.transact([], [put]);
  assert.deepEqual((await started).stdout.split('\n').slice(0, 2), [
    'Unit a.service inactive',
    'Unit a.service launched on 0a1b2c3d.../10.0.0.7',
  ]);
});
