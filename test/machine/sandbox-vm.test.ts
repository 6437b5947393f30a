// The commands of a cluster on whole virtual machines, as far as they go without a Linux: power and console of an
// operating system of a few bytes. That a real image comes up so is tested in test/vm.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { type RunResult, run } from '../../src/host/index.ts';
import { echoDisk } from '../sandbox/vm/echo-disk.ts';
import { temporaryFolder } from './booted.ts';

const keelson = resolve(import.meta.dirname, '../../src/keelson.ts');

test('a cluster of virtual machines: up, status, console, kill, down', {
  timeout: 600_000,
}, async () => {
  const folder = await temporaryFolder();
  const env = {
    PATH: process.env.PATH ?? '',
    KEELSON_SANDBOX_STATE: join(folder, 'state'),
    KEELSON_SANDBOX_RUN: join(folder, 'run'),
    KEELSON_CACHE: join(folder, 'cache'),
    KEELSON_VM_ACCELERATOR: 'tcg',
  };
  const cli = (command: string, ...args: string[]): Promise<RunResult> => {
    const argv = [keelson, command, '--name', 'echo', ...args];
    return run(process.execPath, argv, { env, accept: 'any', deadlineMs: 240_000 });
  };
  try {
    const image = join(folder, 'echo.raw');
    await echoDisk(image);
    const options = [
      '--image',
      image,
      '--firmware',
      'seabios',
      '--memory',
      '256',
      '--no-etcd',
      '--timeout',
      '30',
    ];
    const up = await cli('up', '--vm', ...options);
    // Nobody in it answers: the machine stays for who wants to see why.
    assert.equal(up.status, 1, up.stderr);
    assert.match(up.stderr, /Machines are emulated here, as KEELSON_VM_ACCELERATOR says so/);
    assert.match(up.stderr, /did not let us in within 30 s\. Its console ends with:\nhello\n/);

    const rows = await cli('status');
    assert.equal(rows.status, 0, rows.stderr);
    assert.match(rows.stdout, /echo\s+m1\s+10\.77\.0\.11\s+running\s+no answer\s+\d+/);
    const console = await cli('logs', 'm1', '--console');
    assert.match(console.stdout, /=== power on .*\n.*hello/);

    const kill = await cli('kill', 'm1');
    assert.equal(kill.stdout, 'm1 is off.\n', kill.stderr);
    const off = await cli('status');
    assert.equal(off.status, 3);
    assert.match(off.stdout, /m1\s+10\.77\.0\.11\s+stopped/);
    const logs = await cli('logs', 'm1');
    assert.match(logs.stderr, /m1 is off\. Its console:/);
    assert.match(logs.stdout, /hello/);
    assert.match((await cli('exec', 'm1', '--', 'true')).stderr, /Machine m1 is not running/);

    // A second `up` needs no flags to know what it is.
    await rm(image);
    const again = await cli('up');
    assert.match(again.stderr, /The image .*echo\.raw is gone, on which the disk of m1 is based/);

    const down = await cli('down');
    assert.equal(down.stdout, 'The cluster echo is gone.\n', down.stderr);
  } finally {
    await cli('down');
    await rm(folder, { recursive: true, force: true });
  }
});
