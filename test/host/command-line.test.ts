// The command line of this machine, in made-up trees of /proc and /run.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { commandLine, commandLineWords } from '../../src/host/index.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'keelson-command-line-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

test('it is the kernel’s on a machine of its own', async () => {
  await put('proc/cmdline', 'usrhash=ab  quiet\n');
  await put('proc/1/cmdline', '/sbin/init\0usrhash=cd\0');
  assert.deepEqual(commandLineWords(root), ['usrhash=ab', 'quiet']);
  assert.equal(commandLine(root), 'usrhash=ab quiet');
});

test('in a container it is that of PID 1, without the program itself', async () => {
  await put('run/systemd/container', 'systemd-nspawn\n');
  await put('proc/cmdline', 'usrhash=ab quiet\n');
  await put('proc/1/cmdline', '/usr/lib/systemd/systemd\0usrhash=cd\0keelson.trial\0');
  assert.deepEqual(commandLineWords(root), ['usrhash=cd', 'keelson.trial']);
});

test('there is none where there is no /proc', () => {
  assert.deepEqual(commandLineWords(root), []);
});
