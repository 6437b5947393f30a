// The other way of doing it: where a definition of systemd-repart is meant for the partition, it and systemd-growfs act.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readPartitionTable } from '../../../src/disk/index.ts';
import { run } from '../../../src/host/index.ts';
import { loopDisk, mib } from './loop-disk.ts';

const without = ['/usr/bin/systemd-repart', '/usr/lib/systemd/systemd-growfs'].find(
  (path) => !existsSync(path),
);
const skip = without === undefined ? false : `${without} is not installed`;
const size = 700 * mib;

async function definedDisk(fileSystem: 'xfs' | 'btrfs', more = '') {
  const table = 'label: gpt\nsize=20MiB,name=EFI-SYSTEM,type=U\nsize=320MiB,name=ROOT\n';
  const disk = await loopDisk({ table, fileSystem });
  const definitions = join(disk.folder, 'repart.d');
  await mkdir(definitions);
  await writeFile(
    join(definitions, '50-root.conf'),
    `[Partition]\nType=linux-generic\nLabel=ROOT\nGrowFileSystem=yes\n${more}`,
  );
  await disk.enlarge(size);
  return { disk, definitions: [definitions] };
}

for (const fileSystem of ['xfs', 'btrfs'] as const) {
  test(`${fileSystem} grows through systemd-repart and systemd-growfs, then rests`, { skip }, async () => {
    const { disk: made, definitions } = await definedDisk(fileSystem);
    await using disk = made;
    const dry = await disk.grow({ definitions, dryRun: true });
    assert.ok(dry[0]?.steps?.some((step) => step.do === 'repart'));
    assert.ok(dry[1]?.steps?.some((step) => step.do === 'grow-file-system' && step.by === 'systemd-growfs'));
    const outcomes = await disk.grow({ definitions });
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ['grown', 'grown'],
      JSON.stringify(outcomes),
    );
    const { partitions } = await readPartitionTable(disk.device);
    const root = partitions[1];
    assert.ok(root !== undefined && size - (root.start + root.size) * 512 < 2 * mib);
    assert.equal(await disk.kernelBytes(), root.size * 512);
    assert.ok(root.size * 512 - (await disk.fileSystemBytes()) < mib);
    assert.match((await run('sfdisk', ['--verify', disk.device])).stdout, /No errors detected/);
    assert.deepEqual(
      (await disk.grow({ definitions })).map(({ outcome }) => outcome),
      ['full', 'full'],
    );
    assert.deepEqual(
      (await disk.grow()).map(({ outcome }) => outcome),
      ['full', 'full'],
    );
  });
}

test('SizeMaxBytes= of the definition ends it, for both ways alike', { skip }, async () => {
  const { disk: made, definitions } = await definedDisk('xfs', 'SizeMaxBytes=500M\n');
  await using disk = made;
  const outcomes = await disk.grow({ definitions });
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ['grown', 'grown'],
    JSON.stringify(outcomes),
  );
  assert.equal(await disk.kernelBytes(), 500 * mib);
  assert.deepEqual(
    (await disk.grow({ definitions })).map(({ outcome }) => outcome),
    ['full', 'full'],
  );
});
