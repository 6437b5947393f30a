// What the sandbox reads of its host.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hierarchiesOf } from '../../src/sandbox/cgroup.ts';
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

test('what nobody used for long leaves the cache, unless a cluster stands on it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-cache-'));
  try {
    const at = { state: join(folder, 'state'), run: join(folder, 'run'), cache: join(folder, 'cache') };
    const names = [
      'debian-00000000000000aa-00000000000000ab',
      'keelson-00000000000000bb',
      'keelson-00000000000000cc',
      'deb-1',
    ];
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
