// sfdisk as we drive it, on tables in plain files.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  diskErrors,
  dumpPartitionTable,
  readPartitionTable,
  resizePartition,
  setPartitionUuid,
} from '../../src/disk/index.ts';
import { run } from '../../src/host/index.ts';

const mib = 1024 * 1024;

/** A file with a table made of an sfdisk script, in a folder that goes with it. */
async function imageOf(script: string, bytes = 200 * mib) {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-table-'));
  const image = join(folder, 'disk.img');
  await writeFile(image, '');
  await truncate(image, bytes);
  await run('sfdisk', ['--quiet', image], { input: script });
  return { folder, image, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

test('a GPT is read with labels, types and UUIDs', async () => {
  const uuid = '0f0e0d0c-1111-4222-8333-444455556666';
  await using disk = await imageOf(
    `label: gpt\nsize=20MiB,name=EFI-SYSTEM,type=U\nsize=100MiB,name=ROOT,uuid=${uuid}\n`,
  );
  const table = await readPartitionTable(disk.image);
  assert.equal(table.kind, 'gpt');
  assert.deepEqual(table.partitions[0]?.type, 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b');
  const { number, start, size, name } = table.partitions[1] ?? {};
  assert.deepEqual([number, start, size, name, table.partitions[1]?.uuid], [2, 43008, 204800, 'ROOT', uuid]);
  assert.match(await dumpPartitionTable(disk.image), /^label: gpt$/m);
});

test('an MBR is read, and there are disks without a table', async () => {
  await using disk = await imageOf('label: dos\nsize=20MiB,type=83\n');
  const { kind, partitions, lastSector } = await readPartitionTable(disk.image);
  assert.deepEqual([kind, partitions[0]?.type, lastSector], ['dos', '83', undefined]);
  const empty = join(disk.folder, 'empty.img');
  await writeFile(empty, Buffer.alloc(mib));
  await assert.rejects(readPartitionTable(empty), (error) => diskErrors.is(error, 'absent'));
});

test('a partition grows over the place where the backup header was, and the old sectors are kept', async () => {
  await using disk = await imageOf('label: gpt\nsize=20MiB\nsize=100MiB,name=ROOT\n');
  const before = await readFile(disk.image);
  await truncate(disk.image, 400 * mib);
  const backup = join(disk.folder, 'kept');
  await resizePartition(disk.image, 2, 700_000, backup);
  const { partitions, lastSector } = await readPartitionTable(disk.image);
  assert.deepEqual([partitions[1]?.size, partitions[1]?.name], [700_000, 'ROOT']);
  assert.equal(lastSector, (400 * mib) / 512 - 34);
  assert.match((await run('sfdisk', ['--verify', disk.image])).stdout, /No errors detected/);
  const kept = (await readdir(disk.folder)).filter((name) => name.endsWith('-0x00000400.bak'));
  assert.deepEqual(await readFile(join(disk.folder, kept[0] ?? '')), before.subarray(1024, 1024 + 16384));
});

test('a UUID is changed, and nothing besides', async () => {
  await using disk = await imageOf('label: gpt\nsize=20MiB\nsize=100MiB,name=ROOT\n');
  const before = await readPartitionTable(disk.image);
  const uuid = '11111111-2222-4333-8444-555555555555';
  await setPartitionUuid(disk.image, 2, uuid);
  const [first, second] = before.partitions;
  assert.deepEqual((await readPartitionTable(disk.image)).partitions, [first, { ...second, uuid }]);
});
