// What keelson-grow-root.service runs: whether the program is started, and what is done when it is not.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { run } from '../../../src/host/index.ts';
import { type LoopDisk, loopDisk, mib } from './loop-disk.ts';

const script = resolve(import.meta.dirname, '../../../units/grow-root');
const growfs = '/usr/lib/systemd/systemd-growfs';
const skip = existsSync(growfs) ? false : `${growfs} is not installed`;
const gpt = 'label: gpt\nsize=20MiB,name=EFI-SYSTEM\nsize=320MiB,name=ROOT\n';
const lastMib = 'label: gpt\nsize=20MiB,name=EFI-SYSTEM\nname=ROOT\n';

interface Boot {
  readonly status: number;
  readonly said: string;
  /** Whether what stands for the program was started. */
  readonly started: boolean;
}

/** One boot, with a program that ends with that status and changes nothing. */
async function boot(disk: LoopDisk, status = 0): Promise<Boot> {
  const program = join(disk.folder, 'program');
  const mark = join(disk.folder, 'started');
  await rm(mark, { force: true });
  await writeFile(program, `#!/bin/sh\necho "$@" >'${mark}'\nexit ${status}\n`, { mode: 0o755 });
  const words = [script, disk.mountPoint, join(disk.folder, 'record'), program];
  const { status: ended, stdout } = await run('sh', words, { accept: 'any' });
  const started = existsSync(mark);
  if (started) assert.match(await readFile(mark, 'utf8'), new RegExp(`grow-root\\.js ${disk.mountPoint}\n$`));
  return { status: ended ?? -1, said: stdout, started };
}

const untouched = /is left as it is\. Nothing below it has changed/;

test('a partition that ends with its disk: the file system grows without the program, and then rests', {
  skip,
}, async () => {
  await using disk = await loopDisk({ table: gpt, fileSystem: 'xfs' });
  await disk.enlarge(700 * mib);
  await disk.growPartition();
  const before = await disk.fileSystemBytes();
  const grown = await boot(disk);
  assert.deepEqual([grown.status, grown.started], [0, false], grown.said);
  assert.match(grown.said, /^\/dev\/loop\d+p2 is left as it is\. That is the end of \/dev\/loop\d+\.\n/);
  assert.match(grown.said, /^xfs on \S+ has grown from \d+ to \d+ MiB\. It has all of \/dev\/loop\d+p2\.$/m);
  assert.ok((await disk.fileSystemBytes()) > before + 200 * mib);
  assert.ok((await disk.kernelBytes()) - (await disk.fileSystemBytes()) < mib);
  const again = await boot(disk);
  assert.deepEqual([again.status, again.started], [0, false]);
  assert.match(again.said, untouched);
});

test('a disk that became larger is for the program, until that says that all is done', async () => {
  await using disk = await loopDisk({ table: gpt, fileSystem: 'xfs' });
  const first = await boot(disk, 3);
  assert.deepEqual([first.status, first.started], [3, true], 'a partition that does not end with its disk');
  for (const status of [1, 0]) {
    const tried = await boot(disk, status);
    assert.deepEqual(
      [tried.status, tried.started],
      [status, true],
      `after what did not end with 0: ${status}`,
    );
  }
  const rests = await boot(disk);
  assert.equal(rests.started, false);
  assert.match(rests.said, untouched);
  await disk.enlarge(700 * mib);
  assert.equal((await boot(disk, 1)).started, true);
  await disk.grow();
  assert.equal((await boot(disk, 1)).said.match(untouched), null);
});

test('another partition, or another file system in its place, is a change', async () => {
  await using disk = await loopDisk({ table: `${gpt}size=20MiB\n`, fileSystem: 'xfs' });
  await boot(disk);
  assert.equal((await boot(disk)).started, false);
  await run('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', '--delete', disk.device, '3']);
  await disk.reboot();
  assert.equal((await boot(disk)).started, true, 'the partition behind it went away');
  assert.equal((await boot(disk)).started, false);
  await disk.unmount();
  await run('mkfs.ext4', ['-q', '-F', '-b', '4096', disk.partition, '50000']);
  await disk.mount();
  assert.equal((await boot(disk, 1)).started, true, 'a smaller file system');
});

test('btrfs, which is on no device by its number, rests as well', async () => {
  await using disk = await loopDisk({ table: lastMib, fileSystem: 'btrfs' });
  assert.equal((await boot(disk)).started, true);
  const rests = await boot(disk);
  assert.deepEqual([rests.status, rests.started], [0, false]);
  assert.match(rests.said, /^btrfs on \S+ is left as it is\./);
});

test('what cannot be grown through this mount is for the program, which says why', async () => {
  await using disk = await loopDisk({ table: lastMib, fileSystem: 'xfs' });
  await run('mount', ['-o', 'remount,ro', disk.mountPoint]);
  assert.deepEqual(await boot(disk, 3), { status: 3, said: '', started: true });
  await run('mount', ['-t', 'tmpfs', 'tmpfs', disk.mountPoint]);
  try {
    assert.equal((await boot(disk, 3)).started, true, 'two mounts, one over the other');
  } finally {
    await run('umount', [disk.mountPoint]);
  }
  await disk.unmount();
  await run('mount', ['-t', 'tmpfs', 'tmpfs', disk.mountPoint]);
  try {
    const { status, said, started } = await boot(disk);
    assert.deepEqual([status, started], [3, false]);
    assert.match(said, /^tmpfs on \S+ is left alone\. It is none of those that grow/);
  } finally {
    await run('umount', [disk.mountPoint]);
    await disk.mount();
  }
});
