// A store that is closed lets go of everything: what is under way ends, and so can the process.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { openStore, type StoreConfig, storeErrors } from '../../src/store/index.ts';
import { startEtcd } from './etcd-process.ts';

/** Runs `closing.ts`; how long after closing it ended, and how what was under way ended. */
async function close(config: StoreConfig, serverPid = 0) {
  const script = new URL('closing.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, JSON.stringify(config), String(serverPid)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 90_000,
    killSignal: 'SIGKILL',
  });
  const exited = once(child, 'exit');
  let closedMs = Number.NaN;
  let ends = '';
  for await (const line of createInterface(child.stdout)) {
    if (line === 'closed') closedMs = performance.now();
    else ends = line;
  }
  await exited;
  return { tookMs: performance.now() - closedMs, ends: ends === '' ? {} : JSON.parse(ends) };
}

function assertEnded({ tookMs, ends }: Awaited<ReturnType<typeof close>>): void {
  // Whether what was asked for last still happened depends on the store; that nothing stays open does not.
  assert.ok(tookMs < 60_000, `it ended ${tookMs} ms after it had closed its store: ${JSON.stringify(ends)}`);
  assert.equal(ends.watch, 'fulfilled');
  assert.equal(ends['new watch'], 'fulfilled');
  assert.equal(ends.leadership, 'fulfilled');
  assert.equal(ends.campaign, 'store.unusable');
  for (const what of ['call', 'grant']) assert.match(ends[what], /^(fulfilled|store\.\w+)$/, what);
}

test('memory', async () => {
  assertEnded(await close({ kind: 'memory' }));
});

test('embedded', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'keelson-store-'));
  try {
    assertEnded(await close({ kind: 'embedded', path: join(directory, 'store.db') }));
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('etcd, and etcd that hangs', { timeout: 280_000 }, async () => {
  await using cluster = await startEtcd();
  const config = { kind: 'etcd', endpoints: cluster.endpoints } as const;
  assertEnded(await close(config));
  const [member] = cluster.members;
  assert.ok(member?.pid !== undefined);
  try {
    // The leader's key of the first run hangs on a lease that still lives.
    await using store = await openStore(config);
    await store.transact([], [{ kind: 'delete', key: '/leader' }]);
    assertEnded(await close(config, member.pid));
  } finally {
    member.kill('SIGCONT');
  }
});

test('a closed store says so', async () => {
  const store = await openStore({ kind: 'etcd', endpoints: ['http://127.0.0.1:1'] });
  await store[Symbol.asyncDispose]();
  await assert.rejects(store.get('/a'), (error) => storeErrors.is(error, 'unusable'));
});
