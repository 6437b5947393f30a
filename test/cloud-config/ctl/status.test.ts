// status and diff, as processes, on a machine below another root.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startTimeOf } from '../../../src/cloud-config/apply/lock.ts';
import { readRuns, writeRun } from '../../../src/cloud-config/apply/runs.ts';
import { homeDirectory, readFileIfExists, run } from '../../../src/host/index.ts';
import { scratch } from '../apply/scratch.ts';

async function begin() {
  const one = await scratch();
  const file = join(one.root, 'user-data');
  const command = (...args: string[]) =>
    run(process.execPath, [join(homeDirectory(), 'src/coreos-cloudinit.ts'), ...args, `--root=${one.root}`], {
      accept: 'any',
    });
  const config = (body: string) => writeFile(file, `#cloud-config\n${body}`);
  return {
    [Symbol.asyncDispose]: () => one[Symbol.asyncDispose](),
    root: one.root,
    config,
    from: `--from-file=${file}`,
    command,
  };
}

test('status: nothing yet, all well, something failed, something left out, and again well', async () => {
  await using c = await begin();
  assert.equal((await c.command('status')).status, 3);
  await c.config('write_files: [{path: /etc/a, content: a}]');
  assert.equal((await c.command(c.from)).status, 0);
  const well = await c.command('status');
  assert.equal(well.status, 0, well.stdout);
  assert.match(well.stdout, /^● local-file:\S+user-data\n {4}\S+Z, in [\d.]+ s: \d+ done, \d+ already so\n$/);
  await mkdir(join(c.root, 'etc/folder'));
  await c.config('write_files: [{path: /etc/folder, content: a}, {path: /etc/b, permissions: 384}]');
  assert.equal((await c.command(c.from)).status, 1);
  const { status, stdout } = await c.command('status');
  assert.equal(status, 1);
  assert.match(stdout, /^× .*\n.*1 failed, 1 left out/);
  assert.match(stdout, /failed: write \/etc\/folder.*\n.*it is a folder/);
  assert.match(stdout, /left out: \S*user-data:2:\d+: error: invalid value 384/);
  const json = JSON.parse((await c.command('status', '--json')).stdout);
  assert.equal(json.runs[0].state, 'failed');
  assert.equal(json.runs[0].ended.counts.failed, 1);
  assert.equal(json.runs[0].thisBoot, true);
  await c.config('hostname: apple');
  assert.equal((await c.command(c.from)).status, 0);
  const state = join(c.root, 'var/lib/coreos-cloudinit');
  const [record] = await readRuns(state);
  assert.ok(record !== undefined);
  await writeRun(state, { ...record, bootId: 'another' });
  assert.match((await c.command('status')).stdout, /before the machine was last booted; not since/);
  assert.equal((await c.command('status', '--wait')).status, 0);
  assert.equal((await c.command('status', '--wiat')).status, 2);
});

test('status tells a run that is under way from one that was interrupted', async () => {
  await using c = await begin();
  const state = join(c.root, 'var/lib/coreos-cloudinit');
  const bootId = (await readFileIfExists('/proc/sys/kernel/random/boot_id'))?.trim() ?? '';
  const child = spawn('sleep', ['60']);
  const pid = child.pid ?? 0;
  const record = {
    version: 1 as const,
    source: 'url:http://x/',
    bootId,
    process: { pid, started: await startTimeOf(pid) },
    begunAt: new Date().toISOString(),
    leftOut: [],
  };
  await writeRun(state, record);
  const running = await c.command('status');
  assert.equal(running.status, 3);
  assert.match(running.stdout, /^○ url:http:\/\/x\/\n {4}has been running since/);
  const waiting = c.command('status', '--wait');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const interrupted = await waiting;
  assert.equal(interrupted.status, 1);
  assert.match(interrupted.stdout, /was interrupted; it began at/);
});

test('diff shows what would change, no secrets, and nothing when all is as wanted', async () => {
  await using c = await begin();
  await c.config(
    'write_files: [{path: /etc/a, content: "one\\n"}, {path: /etc/s, permissions: "0600", content: s3cret}]',
  );
  const first = await c.command('diff', c.from);
  assert.equal(first.status, 1);
  assert.match(
    first.stdout,
    /^write \/etc\/a mode 0644 .*\n--- \/dev\/null\n\+\+\+ \/etc\/a \(wanted\)\n@@.*\n\+one\n/m,
  );
  assert.equal(first.stdout.includes('s3cret'), false);
  assert.equal((await c.command(c.from)).status, 0);
  const same = await c.command('diff', c.from);
  assert.deepEqual([same.status, same.stdout], [0, '']);
  await c.config('write_files: [{path: /etc/a, content: "two\\n"}]');
  const second = await c.command('diff', c.from);
  assert.match(second.stdout, /-one\n\+two\n/);
  assert.match(second.stdout, /^remove \/etc\/s \(the cloud-config does not ask for it any more\)$/m);
  const { changes } = JSON.parse((await c.command('diff', c.from, '--json')).stdout);
  assert.deepEqual(
    changes.map(({ operation }: { operation: { kind: string } }) => operation.kind),
    ['write-file', 'undo'],
  );
  await c.config('write_files: [{path: /etc/a, permissions: 384}]');
  assert.equal((await c.command('diff', c.from)).status, 2);
});
