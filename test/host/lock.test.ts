// The lock that the kernel takes back from the dead.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lock } from '../../src/host/index.ts';

test('a lock is held by one at a time, and its file can be removed under those who wait', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'host-lock-'));
  try {
    const path = join(folder, 'x.lock');
    let inside = 0;
    let most = 0;
    const work = async () => {
      const held = await lock(path);
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
      await held.remove();
      await held[Symbol.asyncDispose]();
    };
    await Promise.all([work(), work(), work(), work()]);
    assert.equal(most, 1);
    assert.deepEqual(await readdir(folder), []);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the lock of a process that was killed is free', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'host-lock-'));
  const source = join(import.meta.dirname, '../../src/host/lock.ts');
  const script = `const { lock } = await import(${JSON.stringify(source)});
    await lock(${JSON.stringify(join(folder, 'l'))}); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGKILL');
    await using _held = await lock(join(folder, 'l'));
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
});
