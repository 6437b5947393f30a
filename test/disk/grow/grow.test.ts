// Growing on real devices: each table with each file system, from each state that a run can have left behind.
// Sizes are those that sfdisk, dumpe2fs, xfs_info and btrfs report. Root.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HalfOutcome, readPartitionTable } from '../../../src/disk/index.ts';
import { run } from '../../../src/host/index.ts';
import { growsExt4, type LoopDisk, loopDisk, mib, Stopped } from './loop-disk.ts';

const tables = {
  GPT: { table: 'label: gpt\nsize=20MiB,name=EFI-SYSTEM\nsize=320MiB,name=ROOT\n', number: 2 },
  MBR: { table: 'label: dos\nsize=20MiB,type=83\nsize=320MiB,type=83\n', number: 2 },
  'a logical partition of an MBR': {
    table:
      'label: dos\n/dev/x1 : size=10MiB,type=83\n/dev/x2 : size=380MiB,type=5\n/dev/x5 : size=20MiB,type=83\n/dev/x6 : size=320MiB,type=83\n',
    number: 6,
  },
  'no table': {},
} as const;
const fileSystems = ['ext4', 'xfs', 'btrfs'] as const;

/** Checks that everything reaches the disk's end, by the tools' own word. */
async function assertFull(disk: LoopDisk, diskBytes: number): Promise<void> {
  if (disk.partition !== disk.device) {
    const { partitions, sectorBytes } = await readPartitionTable(disk.device);
    const found = partitions.find(({ node }) => node === disk.partition);
    const end = ((found?.start ?? 0) + (found?.size ?? 0)) * sectorBytes;
    assert.ok(end <= diskBytes && diskBytes - end <= 2 * mib, `partition ends at ${end} of ${diskBytes}`);
    assert.equal(await disk.kernelBytes(), (found?.size ?? 0) * sectorBytes);
    assert.match(
      (await run('sfdisk', ['--verify', disk.device], { accept: 'any' })).stdout,
      /No errors detected/,
    );
  }
  const room = (await disk.kernelBytes()) - (await disk.fileSystemBytes());
  assert.ok(room >= 0 && room < mib, `${room} bytes are not used by the file system`);
}

/** Says why in the name of a test, and how it goes on, where a mounted ext4 cannot be grown. */
const byHand = growsExt4 ? '' : ' (resize2fs by hand, unmounted: root lacks CAP_SYS_RESOURCE here)';

/** Grows, and where root may not do that with an ext4 finishes that half by hand. */
async function growWith(disk: LoopDisk, fileSystem: string): Promise<readonly HalfOutcome[]> {
  const outcomes = await disk.grow();
  const [partition, last] = [outcomes[0], outcomes.at(-1)];
  if (growsExt4 || fileSystem !== 'ext4' || last?.outcome !== 'failed') return outcomes;
  assert.match(last.reason, /Permission denied/);
  await disk.growUnmounted();
  assert.ok(partition !== undefined);
  return [partition, { ...last, outcome: 'grown' }];
}

const outcomesOf = (outcomes: readonly { outcome: string }[]) => outcomes.map(({ outcome }) => outcome);

for (const [tableName, layout] of Object.entries(tables)) {
  for (const fileSystem of fileSystems) {
    test(`${fileSystem} with ${tableName}: grows with its disk, then rests${fileSystem === 'ext4' ? byHand : ''}`, async () => {
      await using disk = await loopDisk({ ...layout, fileSystem });
      await growWith(disk, fileSystem);
      assert.deepEqual(outcomesOf(await disk.grow()), ['full', 'full']);
      await run('sh', ['-c', 'echo kept > "$1/file"', 'sh', disk.mountPoint]);

      await disk.enlarge(1000 * mib);
      const dry = outcomesOf(await disk.grow({ dryRun: true }));
      const partition = disk.partition === disk.device ? 'full' : 'grown';
      assert.deepEqual(dry, [partition === 'full' ? 'full' : 'would grow', 'would grow']);
      const outcomes = await growWith(disk, fileSystem);
      assert.deepEqual(outcomesOf(outcomes), [partition, 'grown'], JSON.stringify(outcomes));
      await assertFull(disk, 1000 * mib);
      assert.deepEqual(outcomesOf(await disk.grow()), ['full', 'full']);
      await disk.reboot();
      await assertFull(disk, 1000 * mib);
      assert.equal((await run('cat', [`${disk.mountPoint}/file`])).stdout, 'kept\n');
      assert.deepEqual(outcomesOf(await disk.grow()), ['full', 'full']);
    });
  }
}

for (const [tableName, layout] of Object.entries(tables)) {
  test(`with ${tableName}: stopped before any step, by a kill or by a reboot, the next run finishes`, async () => {
    for (const boots of [false, true]) {
      for (let count = 1, stopped = true; stopped; count++) {
        await using disk = await loopDisk({ ...layout, fileSystem: 'xfs' });
        await disk.enlarge(600 * mib);
        let steps = 0;
        const onStep = () => {
          steps++;
          if (steps === count) throw new Stopped();
        };
        stopped = await disk.grow({ onStep }).then(
          () => false,
          (error) => {
            if (error instanceof Stopped) return true;
            throw error;
          },
        );
        if (boots) await disk.reboot();
        const again = await disk.grow();
        await assertFull(disk, 600 * mib);
        if (stopped) assert.ok(again.some(({ outcome }) => outcome === 'grown'));
        assert.ok(count < 10);
      }
    }
  });
}
