// Which disks are not written to, and what is said of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiskFacts } from '../../../src/deploy/install/model.ts';
import { refusalOf } from '../../../src/deploy/install/refusals.ts';

const gibibyte = 1024 ** 3;
const disk: DiskFacts = {
  device: '/dev/vdb',
  name: 'vdb',
  bytes: 8 * gibibyte,
  sectorBytes: 512,
  readOnly: false,
  partitionOf: undefined,
  madeOf: [],
  mounts: [],
  claims: [],
  held: false,
};
const reasonOf = (more: Partial<DiskFacts>, needed = 3 * gibibyte) =>
  refusalOf({ ...disk, ...more }, needed)?.reason;

test('a disk that nobody uses is taken', () => {
  assert.equal(reasonOf({}), undefined);
  assert.equal(reasonOf({ bytes: 3 * gibibyte }), undefined);
});

test('each reason names the disk and what is in the way', () => {
  const cases: readonly (readonly [Partial<DiskFacts>, string])[] = [
    [{ partitionOf: 'vda' }, '/dev/vdb is a partition of /dev/vda; a system needs a whole disk.'],
    [{ madeOf: ['sda', 'sdb'] }, '/dev/vdb is made of sda, sdb; firmware boots from a disk itself.'],
    [
      { mounts: [{ name: 'vdb7', by: '/' }] },
      '/dev/vdb is the disk that this system runs from: vdb7 is mounted at /.',
    ],
    [
      {
        mounts: [
          { name: 'vdb1', by: '/boot' },
          { name: 'dm-0', by: '/usr' },
        ],
      },
      '/dev/vdb is the disk that this system runs from: dm-0 is mounted at /usr.',
    ],
    [{ mounts: [{ name: 'vdb1', by: '/mnt' }] }, '/dev/vdb is in use: vdb1 is mounted at /mnt.'],
    [{ claims: [{ name: 'vdb2', by: 'swap' }] }, '/dev/vdb is in use: vdb2 is swap space.'],
    [{ claims: [{ name: 'vdb2', by: 'md0' }] }, '/dev/vdb is in use: vdb2 is part of md0.'],
    [{ held: true }, '/dev/vdb is in use by somebody whom this system does not name.'],
    [{ readOnly: true }, '/dev/vdb is read-only.'],
    [{ sectorBytes: 4096 }, '/dev/vdb has sectors of 4096 bytes; systems are laid out for 512.'],
    [{ bytes: gibibyte }, '/dev/vdb has 1024 MiB; the partitions need 3072 MiB.'],
  ];
  for (const [facts, reason] of cases) {
    assert.equal(reasonOf(facts), reason);
    assert.notEqual(refusalOf({ ...disk, ...facts }, 3 * gibibyte)?.hint, '');
  }
});

test('one byte too few is too few', () => {
  assert.match(reasonOf({ bytes: 3 * gibibyte - 512 }) ?? '', /has 3071 MiB; .* need 3072 MiB/);
});

test('what nobody may lose is said before what could be mended', () => {
  const mounts = [{ name: 'vdb7', by: '/' }];
  assert.match(reasonOf({ mounts, readOnly: true, bytes: 0, held: true }) ?? '', /runs from/);
});
