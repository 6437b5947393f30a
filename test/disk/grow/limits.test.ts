// What ends growth, and what is left alone: neighbours, kinds, read-only mounts; and what is kept beside.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readPartitionTable, refreshPartition, resizePartition } from '../../../src/disk/index.ts';
import { run } from '../../../src/host/index.ts';
import { loopDisk, mib } from './loop-disk.ts';

const gpt = 'label: gpt\nsize=20MiB,name=EFI-SYSTEM\nsize=320MiB,name=ROOT\n';
const size = 700 * mib;

test('up to the partition behind it, if there is room; else it says that nothing is free', async () => {
  const table = 'label: gpt\nsize=20MiB\nstart=22MiB,size=320MiB\nstart=360MiB,size=10MiB\n';
  await using disk = await loopDisk({ table, fileSystem: 'xfs' });
  await disk.enlarge(size);
  const [partition] = await disk.grow();
  assert.equal(partition?.outcome, 'grown');
  assert.equal(
    partition?.reason.includes(`Partition 3 of ${disk.device} begins there.`),
    true,
    partition?.reason,
  );
  assert.equal(await disk.kernelBytes(), (360 - 22) * mib);
  const again = await disk.grow();
  assert.deepEqual(
    [again[0]?.outcome, again[0]?.reason],
    ['full', `Partition 3 of ${disk.device} begins there.`],
  );
});

test('a neighbour that does not begin at a whole MiB is not touched', async () => {
  const table = 'label: gpt\nstart=2048,size=20MiB\nstart=22MiB,size=320MiB\nstart=740001,size=10MiB\n';
  await using disk = await loopDisk({ table, fileSystem: 'xfs' });
  await disk.grow();
  assert.equal(await disk.kernelBytes(), Math.floor((740001 * 512) / mib) * mib - 22 * mib);
  assert.match((await run('sfdisk', ['--verify', disk.device])).stdout, /No errors detected/);
});

test('a logical partition ends before the link to the next one', async () => {
  const table =
    'label: dos\n/dev/x1 : start=2048,size=10MiB\n/dev/x2 : start=22528,size=380MiB,type=5\n/dev/x5 : start=24576,size=655360\n/dev/x6 : start=720000,size=20480\n';
  await using disk = await loopDisk({ table, number: 5, fileSystem: 'xfs' });
  const [partition] = await disk.grow();
  assert.deepEqual([partition?.outcome, partition?.reason.startsWith('The next logical')], ['grown', true]);
  const { partitions } = await readPartitionTable(disk.device);
  const [own, next] = [
    partitions.find(({ number }) => number === 5),
    partitions.find(({ number }) => number === 6),
  ];
  assert.ok(own !== undefined && next?.start === 720000 && own.start + own.size < next.start);
});

test('a disk with sectors of 4096 bytes', async () => {
  await using disk = await loopDisk({ table: gpt, sectorBytes: 4096, fileSystem: 'xfs' });
  await disk.enlarge(size);
  const outcomes = await disk.grow();
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ['grown', 'grown'],
    JSON.stringify(outcomes),
  );
  const { sectorBytes, partitions } = await readPartitionTable(disk.device);
  assert.equal(sectorBytes, 4096);
  assert.equal((partitions[1]?.size ?? 0) * 4096, await disk.kernelBytes());
  assert.ok(size - 22 * mib - (await disk.kernelBytes()) < 2 * mib);
});

test('a file system mounted read-only waits, its partition does not', async () => {
  await using disk = await loopDisk({ table: gpt, fileSystem: 'xfs' });
  await run('mount', ['-o', 'remount,ro', disk.mountPoint]);
  const [partition, fileSystem] = await disk.grow();
  assert.deepEqual([partition?.outcome, fileSystem?.outcome], ['grown', 'cannot']);
  assert.match(`${fileSystem?.reason} ${fileSystem?.hint}`, /mounted read-only.*remount,rw/);
  await run('mount', ['-o', 'remount,rw', disk.mountPoint]);
  assert.deepEqual(
    (await disk.grow()).map(({ outcome }) => outcome),
    ['full', 'grown'],
  );
});

test('a device that is not mounted: its partition grows, its file system is told about', async () => {
  await using disk = await loopDisk({ table: gpt, fileSystem: 'btrfs' });
  await disk.unmount();
  const [partition, fileSystem] = await disk.grow({}, { device: disk.partition });
  assert.deepEqual(
    [partition?.outcome, fileSystem?.outcome, fileSystem?.reason],
    ['grown', 'cannot', 'It is not mounted.'],
  );
  await disk.mount();
  const byDevice = await disk.grow({}, { device: disk.partition });
  assert.deepEqual(
    byDevice.map(({ outcome }) => outcome),
    ['full', 'grown'],
  );
});

test('a file system of another kind, and its partition, are left alone', async () => {
  await using disk = await loopDisk({ table: gpt });
  await disk.unmount();
  await run('mksquashfs', [disk.mountPoint, disk.partition, '-noappend', '-quiet']);
  await disk.mount();
  const outcomes = await disk.grow();
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ['cannot', 'cannot'],
  );
  assert.match(outcomes[1]?.reason ?? '', /squashfs is none of these/);
});

test('a btrfs on several devices is left alone, with the words to grow it', async () => {
  await using second = await loopDisk({ fileSystem: 'btrfs' });
  await second.unmount();
  await using disk = await loopDisk({ table: gpt, fileSystem: 'btrfs' });
  await run('btrfs', ['device', 'add', '-f', second.device, disk.mountPoint]);
  await resizePartition(disk.device, 2, 700_000);
  await refreshPartition(disk.device, 2);
  const outcomes = await disk.grow();
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ['cannot', 'cannot'],
  );
  assert.match(outcomes[1]?.hint ?? '', /^btrfs filesystem resize DEVID:max /);
  await run('btrfs', ['device', 'remove', second.device, disk.mountPoint]);
});

test('an ext4 that is known to have errors is not grown', async () => {
  await using disk = await loopDisk({ table: gpt });
  await disk.unmount();
  await run('debugfs', ['-w', '-R', 'ssv state 2', disk.partition]);
  await disk.mount();
  const [partition, fileSystem] = await disk.grow();
  assert.deepEqual([partition?.outcome, fileSystem?.outcome], ['grown', 'refused']);
  assert.match(fileSystem?.reason ?? '', /byte 1082 of .* says that it has errors/);
});

test('the table is kept before it is written, in the next folder when one is full, and only a few copies', async () => {
  await using disk = await loopDisk({ table: gpt, fileSystem: 'xfs' });
  const before = (await run('sfdisk', ['--dump', disk.device])).stdout;
  const full = join(disk.folder, 'full');
  await mkdir(full);
  await run('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', full]);
  try {
    await writeFile(join(full, 'fill'), Buffer.alloc(4096));
    const name = disk.device.replace('/dev/', '');
    await mkdir(disk.keepFolder);
    for (const year of [2001, 2002, 2003, 2004]) {
      await writeFile(join(disk.keepFolder, `${name}-${year}0101T000000Z.sfdisk`), '');
    }
    const [partition] = await disk.grow({ keepFolders: [full, disk.keepFolder] });
    assert.equal(partition?.outcome, 'grown', partition?.reason);
    const kept = (await readdir(disk.keepFolder)).filter((each) => each.endsWith('.sfdisk')).sort();
    assert.equal(kept.length, 4);
    assert.equal(kept[0], `${name}-20020101T000000Z.sfdisk`);
    const path = join(disk.keepFolder, kept.at(-1) ?? '');
    assert.equal(partition.reason.includes(path), true, partition.reason);
    assert.equal(await readFile(path, 'utf8'), before);
  } finally {
    await run('umount', [full]);
  }
});

test('where no copy of the table can be kept, nothing is written', async () => {
  await using disk = await loopDisk({ table: gpt, fileSystem: 'xfs' });
  const before = await disk.read(0, mib);
  const full = join(disk.folder, 'full');
  await mkdir(full);
  await run('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', full]);
  try {
    const [partition] = await disk.grow({ keepFolders: [join(full, 'kept')] });
    assert.equal(partition?.outcome, 'failed');
    assert.match(partition.reason, /No copy of the partition table/);
    assert.deepEqual(await disk.read(0, mib), before);
  } finally {
    await run('umount', [full]);
  }
});

const command = resolve(import.meta.dirname, 'inside/grow.ts');

test('killed at any moment, with all that it started: the next run finishes', async () => {
  // Seeded: a moment that fails fails again, as far as the host's load lets it.
  for (const seed of [3, 17, 41, 89, 144, 233, 377, 500]) {
    await using disk = await loopDisk({ table: gpt, fileSystem: 'btrfs' });
    await disk.enlarge(size);
    const child = spawn(process.execPath, [command, disk.mountPoint, disk.folder], {
      stdio: 'ignore',
      detached: true,
    });
    const ended = new Promise((done) => child.once('exit', done));
    await sleep(seed * 2);
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // It was done before.
    }
    await ended;
    const outcomes = await disk.grow();
    const left = outcomes.filter(({ outcome }) => outcome !== 'full' && outcome !== 'grown');
    assert.deepEqual(left, [], `seed ${seed}`);
    assert.ok(size - 21 * mib - (await disk.kernelBytes()) <= 2 * mib, `seed ${seed}`);
    assert.ok((await disk.kernelBytes()) - (await disk.fileSystemBytes()) < mib, `seed ${seed}`);
    assert.match((await run('sfdisk', ['--verify', disk.device])).stdout, /No errors detected/);
  }
});

test('two runs at once: one grows, the other finds it done', async () => {
  await using disk = await loopDisk({ table: gpt, fileSystem: 'btrfs' });
  await disk.enlarge(size);
  const both = await Promise.all([disk.grow(), disk.grow()]);
  const seen = both.map((outcomes) => outcomes.map(({ outcome }) => outcome).join(' ')).sort();
  assert.deepEqual(seen, ['full full', 'grown grown']);
});
