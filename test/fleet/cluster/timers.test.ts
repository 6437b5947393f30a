import assert from 'node:assert/strict';
import { mkdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeDrain } from '../../../src/fleet/registry/records.ts';
import { prefixRange } from '../../../src/store/index.ts';
import { TestCluster } from './nodes.ts';

test('a timer that moves is told to have elapsed before it is told to be gone', {
  timeout: 60_000,
}, async () => {
  await using cluster = await TestCluster.start(['m1', 'm2']);
  const { keys, store } = cluster;
  await cluster.change(
    {
      name: 't.timer',
      desiredState: 'launched',
      options: [
        { section: 'Timer', name: 'OnCalendar', value: 'daily' },
        { section: 'Timer', name: 'Persistent', value: 'true' },
      ],
    },
    {
      name: 't.service',
      desiredState: 'loaded',
      options: [{ section: 'Service', name: 'ExecStart', value: '/bin/true' }],
    },
  );
  const home = async () => (await cluster.running()).get('t.timer')?.[0];
  const isTold = async () => (await cluster.status('t.timer'))?.currentState === 'launched';
  await cluster.until(isTold, 't.timer runs');
  const first = (await home()) ?? assert.fail('t.timer runs nowhere');
  const second = first === 'm1' ? 'm2' : 'm1';
  // The daemon is another one than the one that started it.
  await cluster.node(first).kill();
  cluster.node(first).start();

  const told: string[] = [];
  const stop = new AbortController();
  const listening = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const watching = (async () => {
    for await (const event of store.watch(prefixRange(keys.root), { signal: stop.signal })) {
      if (event.kind === 'snapshot') listening.resolve();
      if (event.kind !== 'changes') continue;
      for (const change of event.changes) {
        const key = change.kind === 'put' ? change.keyValue.key : change.key;
        if (key === keys.timer('t.timer')) told.push(`${change.kind} timer`);
        if (key !== keys.state(first, 't.timer') || change.kind !== 'delete') continue;
        told.push('delete state');
        gone.resolve();
      }
    }
  })();
  await listening.promise;

  // systemd notes that it elapsed, and its signal of that is not heard before the timer is taken away.
  const stampOf = (machine: string) => join(cluster.folder, machine, 'timers', 'stamp-t.timer');
  await mkdir(join(stampOf(first), '..'), { recursive: true });
  await writeFile(stampOf(first), '');
  await utimes(stampOf(first), 1_700_000_000, 1_700_000_000);
  await store.transact(
    [],
    [
      {
        kind: 'put',
        key: keys.drain(first),
        value: writeDrain({ since: new Date().toISOString(), reason: '', force: false }),
      },
    ],
  );
  await gone.promise;
  await cluster.until(async () => (await home()) === second, 't.timer runs on the other machine');
  stop.abort();
  await watching;
  assert.deepEqual(told, ['put timer', 'delete state']);
  assert.equal((await stat(stampOf(second))).mtimeMs, 1_700_000_000_000);
});
