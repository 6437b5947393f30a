// Slots in partitions of a real block device: a loop device, as sfdisk and the kernel see it.

import assert from 'node:assert/strict';
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { diskErrors, partitionStorage, readRelease, verityPartitionIds } from '../../../src/disk/index.ts';
import { run } from '../../../src/host/index.ts';
import { stubPath } from '../stub.ts';
import { makeRelease } from './release.ts';

const stub = await stubPath();
const root = process.getuid?.() === 0;
const skip =
  (!root && 'loop devices are for root') ||
  (stub === undefined && 'systemd’s EFI stub is not installed (apt-get install systemd-boot-efi)');
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-partitions-'));
  if (skip === false && stub !== undefined) await makeRelease(stub, join(folder, 'release'), '3');
});
after(() => rm(folder, { recursive: true, force: true }));

async function image(name: string, labels: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, '');
  await truncate(path, 8 * 1024 * 1024);
  const lines = labels.map((label) => `size=1MiB, name=${label}`).join('\n');
  await run('sfdisk', ['--quiet', path], { input: `label: gpt\n${lines}\n` });
  return path;
}

test('a slot of a loop device: emptied, written, read back, named', { skip }, async () => {
  const path = await image('disk', ['USR-A', 'USR-A-VERITY', 'USR-B', 'USR-B-VERITY']);
  const disk = (await run('losetup', ['--find', '--show', '--partscan', path])).stdout.trim();
  try {
    // Not every kernel reads tables by itself; those that do have the partitions already.
    await run('partx', ['--add', disk], { accept: 'any' });
    const storage = partitionStorage({ disk });
    const release = await readRelease(join(folder, 'release'));
    const { manifest } = release;
    assert.deepEqual(await storage.capacity('B'), { usr: 1024 * 1024, verity: 1024 * 1024 });
    const a = (await storage.contents()).A;
    await storage.clear('B');
    for (const part of ['usr', 'verity'] as const)
      await storage.write('B', part, release.paths[part], () => {});
    await storage.check('B', release);
    await storage.identify('B', release);
    assert.deepEqual(await storage.contents(), { A: a, B: verityPartitionIds(manifest.verity.rootHash) });

    // A byte that the disk changed is found when it is read back.
    await using device = await open(`${disk}p3`, 'r+');
    await device.write(Buffer.from([1]), 0, 1, 7 * 4096);
    await device.sync();
    await assert.rejects(storage.check('B', release), (error) => {
      assert.ok(diskErrors.is(error, 'damaged'));
      assert.match(
        error.message,
        new RegExp(`^${disk}p3 does not match its hash tree ${disk}p4 at offset 28672`),
      );
      return true;
    });
    const long = join(folder, 'long');
    await writeFile(long, Buffer.alloc(1024 * 1024 + 1));
    await assert.rejects(
      storage.write('B', 'usr', long, () => {}),
      /ENOSPC/,
    );
  } finally {
    await run('partx', ['--delete', disk], { accept: 'any' });
    await run('losetup', ['--detach', disk]);
  }
});

test('a disk without slots, or with two of a name, is refused by the label', { skip }, async () => {
  const none = partitionStorage({ disk: await image('none', ['ROOT']) });
  await assert.rejects(none.contents(), (error) => {
    assert.ok(diskErrors.is(error, 'unsupported'));
    assert.match(error.message, /has no partition USR-A; slots need one each/);
    return true;
  });
  const twice = partitionStorage({ disk: await image('twice', ['USR-A', 'USR-A', 'USR-A-VERITY']) });
  await assert.rejects(twice.contents(), /has more than one partition USR-A;/);
});
