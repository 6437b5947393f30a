// What the sandbox reads of its host.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { provide } from '../../src/sandbox/base.ts';
import { hierarchiesOf } from '../../src/sandbox/cgroup.ts';
import { missingPackages } from '../../src/sandbox/host-tools.ts';
import { lock } from '../../src/sandbox/lock.ts';
import { clusterPaths } from '../../src/sandbox/paths.ts';
import { identify, isAlive, killAndWait } from '../../src/sandbox/process-identity.ts';
import { pruneCache } from '../../src/sandbox/prune.ts';
import { planRecord, writeRecord } from '../../src/sandbox/record.ts';

test('both layouts of cgroups are found, and none is an error', () => {
  const hybrid = [
    'cgroup /sys/fs/cgroup/pids cgroup rw,relatime,pids 0 0',
    'cgroup /sys/fs/cgroup/systemd cgroup rw,relatime,name=systemd 0 0',
    'cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0',
  ].join('\n');
  assert.deepEqual(hierarchiesOf(hybrid), {
    unified: '/sys/fs/cgroup/unified',
    named: '/sys/fs/cgroup/systemd',
  });
  const unified = 'cgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0';
  assert.deepEqual(hierarchiesOf(unified), { unified: '/sys/fs/cgroup', named: undefined });
  assert.throws(() => hierarchiesOf(''), { code: 'sandbox.tools' });
});

test('missing programs become packages, each once', () => {
  assert.deepEqual(
    missingPackages(() => true),
    [],
  );
  assert.deepEqual(
    missingPackages((program) => !program.startsWith('ssh')),
    ['openssh-client'],
  );
});

test('a process is known by its start time as well', async () => {
  const child = spawn('sleep', ['100'], { stdio: 'ignore' });
  const identity = await identify(child.pid ?? 0);
  assert.ok(identity);
  assert.equal(await isAlive(identity), true);
  const reused = { ...identity, startTime: '1' };
  assert.equal(await isAlive(reused), false);
  assert.equal(await killAndWait(reused, 1000), true);
  assert.equal(await isAlive(identity), true, 'the process that only has the same pid was spared');
  assert.equal(await killAndWait(identity, 5000), true);
});

test('a lock is held by one at a time, and its file can be removed under those who wait', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-lock-'));
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
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-lock-'));
  const source = join(import.meta.dirname, '../../src/sandbox/lock.ts');
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

test('what was built is not built again, and what was not finished is not taken for whole', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'sandbox-cache-'));
  try {
    let built = 0;
    const build = async (target: string) => {
      built++;
      await writeFile(target, 'whole');
    };
    const fails = provide(
      cache,
      'x',
      () => {},
      async (target) => {
        await writeFile(target, 'half');
        throw new Error('no space');
      },
    );
    await assert.rejects(fails, { code: 'sandbox.build', message: /no space/ });
    assert.deepEqual(await readdir(cache), ['x.lock']);
    await writeFile(join(cache, 'x.building-00'), 'half');
    await Promise.all([provide(cache, 'x', () => {}, build), provide(cache, 'x', () => {}, build)]);
    assert.equal(built, 1);
    assert.deepEqual((await readdir(cache)).sort(), ['x', 'x.lock']);
  } finally {
    await rm(cache, { recursive: true });
  }
});

test('what nobody used for long leaves the cache, unless a cluster stands on it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-cache-'));
  try {
    const at = { state: join(folder, 'state'), run: join(folder, 'run'), cache: join(folder, 'cache') };
    const names = ['base-00000000000000aa', 'keelson-00000000000000bb', 'keelson-00000000000000cc', 'deb-1'];
    for (const name of names) await mkdir(join(at.cache, name), { recursive: true });
    const lower = [join(at.cache, 'keelson-00000000000000bb', 'upper')];
    const record = planRecord('x', { machines: 1 }, lower, undefined, () => 'a'.repeat(32));
    await writeRecord(clusterPaths('x', at), record);
    await pruneCache(at);
    assert.equal((await readdir(at.cache)).length, 4);
    await pruneCache(at, Date.now() + 15 * 24 * 3600 * 1000);
    assert.deepEqual((await readdir(at.cache)).sort(), ['deb-1', 'keelson-00000000000000bb']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
