// Damaged and strange tables: refused by name and place before anything is written, or mended the way sfdisk does.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPartitionTable } from '../../../src/disk/index.ts';
import { run } from '../../../src/host/index.ts';
import { type LoopDisk, loopDisk, mib } from './loop-disk.ts';

const gpt = 'label: gpt\nsize=20MiB,name=EFI-SYSTEM\nsize=320MiB,name=ROOT\n';
const dos = 'label: dos\nsize=20MiB,type=83\nsize=320MiB,type=83\n';
const size = 600 * mib;
const last = size - 512;

/** The parts of a disk that belong to its table. */
async function tableBytes(disk: LoopDisk): Promise<readonly Buffer[]> {
  return [await disk.read(0, mib), await disk.read(size - mib, mib)];
}

interface Damage {
  readonly name: string;
  readonly table: string;
  readonly writes: readonly (readonly [offset: number, bytes: Uint8Array])[];
  readonly says: RegExp;
}

const junk = Buffer.alloc(512, 0xa5);
const refused: readonly Damage[] = [
  {
    name: 'both halves of a GPT',
    table: gpt,
    writes: [
      [512, junk],
      [last, junk],
    ],
    says: new RegExp(`no header at byte 512; no header at byte ${last}`),
  },
  {
    name: 'entries of both halves',
    table: gpt,
    writes: [
      [1024, junk],
      [last - 16384, junk],
    ],
    says: new RegExp(
      `checksum of the entries at byte 1024; .*checksum of the entries at byte ${last - 16384}`,
    ),
  },
  {
    name: 'a GPT without its protective MBR',
    table: gpt,
    writes: [[0, Buffer.alloc(512)]],
    says: /GPT at byte 512, but the first sector \(byte 446\) has no protective MBR/,
  },
  {
    name: 'a hybrid MBR',
    table: gpt,
    writes: [[446 + 16 + 4, Buffer.from([0x83])]],
    says: /hybrid MBR/,
  },
  {
    name: 'an MBR with a boot flag that is none',
    table: dos,
    writes: [[446, Buffer.from([0x17])]],
    says: /byte 446 is 23, which is no boot flag/,
  },
  {
    name: 'partitions of an MBR that overlap',
    table: dos,
    writes: [[446 + 12, Buffer.from([0, 0xff, 0, 0])]],
    says: /Partitions 1 and 2 .* overlap/,
  },
  {
    name: 'a partition beyond the end of the disk',
    table: dos,
    writes: [[446 + 16 + 12, Buffer.from([0, 0, 0, 0x70])]],
    says: /Partition 2 .*, at byte 462, ends before sector \d+, but the disk has only/,
  },
  {
    name: 'no table where the kernel has partitions',
    table: dos,
    writes: [[0, Buffer.alloc(512)]],
    says: /at byte 510 there is no signature/,
  },
  {
    name: 'another table than the kernel knows',
    table: dos,
    writes: [[446 + 16 + 8, Buffer.from([0, 0xb0, 0, 0])]],
    says: /The kernel has .*p2 at byte \d+ .*, but the table there has partition 2 at byte/,
  },
];

for (const { name, table, writes, says } of refused) {
  test(`refused with nothing written: ${name}`, async () => {
    await using disk = await loopDisk({ table, bytes: size, fileSystem: 'xfs' });
    for (const [offset, bytes] of writes) await disk.write(offset, bytes);
    const before = await tableBytes(disk);
    const [partition] = await disk.grow();
    assert.equal(partition?.outcome, 'refused');
    assert.match(partition?.reason ?? '', says);
    assert.deepEqual(await tableBytes(disk), before);
  });
}

const mended: readonly Damage[] = [
  { name: 'the first header', table: gpt, writes: [[512, junk]], says: /no header at byte 512/ },
  {
    name: 'the first entries',
    table: gpt,
    writes: [[1024, junk]],
    says: /checksum of the entries at byte 1024/,
  },
  { name: 'the backup', table: gpt, writes: [[last, junk]], says: new RegExp(`no header at byte ${last}`) },
];

for (const { name, table, writes, says } of mended) {
  test(`mended by sfdisk from the other half: ${name}`, async () => {
    await using disk = await loopDisk({ table, bytes: size, fileSystem: 'xfs' });
    const before = await readPartitionTable(disk.device);
    for (const [offset, bytes] of writes) await disk.write(offset, bytes);
    const [partition] = await disk.grow();
    assert.equal(partition?.outcome, 'grown', partition?.reason);
    assert.match(partition?.reason ?? '', says);
    assert.match((await run('sfdisk', ['--verify', disk.device])).stdout, /No errors detected/);
    const after = await readPartitionTable(disk.device);
    assert.deepEqual(
      after.partitions.map(({ uuid, start, name: label }) => [uuid, start, label]),
      before.partitions.map(({ uuid, start, name: label }) => [uuid, start, label]),
    );
  });
}

test('a chain of logical partitions that bites its tail, leads out or breaks off is refused', async () => {
  const table =
    'label: dos\n/dev/x1 : size=10MiB,type=83\n/dev/x2 : size=380MiB,type=5\n/dev/x5 : size=20MiB,type=83\n/dev/x6 : size=320MiB,type=83\n';
  await using disk = await loopDisk({ table, number: 6, fileSystem: 'xfs' });
  const link = 22528 * 512;
  const sound = await disk.read(link, 512);
  const expectation = async (says: RegExp) => {
    const [partition] = await disk.grow();
    assert.deepEqual(
      [partition?.outcome, says.test(partition?.reason ?? '')],
      ['refused', true],
      partition?.reason,
    );
  };
  const next = 446 + 16 + 8;
  await disk.write(link + next, Buffer.from([0, 0, 0, 0]));
  await expectation(new RegExp(`bites its tail at byte ${link}`));
  await disk.write(link + next, Buffer.from([0, 0, 0, 0x70]));
  await expectation(/leads out of partition 2, to byte \d+/);
  await disk.write(link, sound);
  await disk.write(link + 510, Buffer.from([0, 0]));
  await expectation(new RegExp(`broken at byte ${link}: no signature`));
});

test('power lost between any two writes of sfdisk, and within one: the table is whole, the next run finishes', async () => {
  await using disk = await loopDisk({ table: gpt, fileSystem: 'xfs' });
  await disk.enlarge(size);
  const [head, tail] = await tableBytes(disk);
  await disk.growPartition();
  const [grownHead, grownTail] = await tableBytes(disk);
  assert.ok(head && tail && grownHead && grownTail);
  await disk.unmount();
  // In the order in which sfdisk writes and syncs them.
  const writes: readonly (readonly [number, number])[] = [
    [last - 16384, 16384],
    [last, 512],
    [1024, 16384],
    [512, 512],
    [0, 512],
  ];
  for (const [offset, length] of writes) {
    for (const part of [length / 2, length]) {
      // A disk writes whole sectors.
      const bytes = Math.ceil(part / 512) * 512;
      if (offset < mib) grownHead.copy(head, offset, offset, offset + bytes);
      else grownTail.copy(tail, offset - size + mib, offset - size + mib, offset - size + mib + bytes);
      await disk.write(0, head);
      await disk.write(size - mib, tail);
      await run('partx', ['--delete', disk.device], { accept: 'any' });
      const { status } = await run('partx', ['--add', disk.device], { accept: 'any' });
      assert.equal(status, 0, `the table cannot be read after ${bytes} bytes at ${offset}`);
      await disk.mount();
      await disk.growPartition();
      assert.match((await run('sfdisk', ['--verify', disk.device])).stdout, /No errors detected/);
      const { partitions } = await readPartitionTable(disk.device);
      assert.equal(partitions[1]?.size, (size - mib) / 512 - (partitions[1]?.start ?? 0));
      await disk.unmount();
    }
  }
  await disk.mount();
});
