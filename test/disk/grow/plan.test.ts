// The decisions, on facts that no host here has: huge disks, LUKS and LVM (this project's test hosts have no
// device-mapper, so what /sys and the headers say there is written down here).

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { readStack } from '../../../src/disk/grow/block-devices.ts';
import { crc32 } from '../../../src/disk/grow/crc32.ts';
import { fileSystemReach, planFileSystem } from '../../../src/disk/grow/file-system-plan.ts';
import { planAll } from '../../../src/disk/grow/grow.ts';
import { readCryptLayer, readVolumeLayer } from '../../../src/disk/grow/layer-headers.ts';
import type { BlockDevice, DiskTable, GrowFacts } from '../../../src/disk/grow/model.ts';
import { findDefinition } from '../../../src/disk/grow/repart-definitions.ts';
import { sizeText } from '../../../src/disk/grow/size-text.ts';
import { parseMountInfo } from '../../../src/disk/mount-info.ts';

const mib = 2 ** 20;
const gib = 2 ** 30;

const device = (path: string, kind: BlockDevice['kind'], bytes: number): BlockDevice => ({
  ...{ name: path.replace(/.*\//, ''), path, kind, bytes, readOnly: false, sectorBytes: 512 },
  ...(kind === 'partition' ? { partition: { number: 1, startByte: mib } } : {}),
});
const [mount] = parseMountInfo('22 1 254:0 / / rw,relatime shared:1 - btrfs /dev/mapper/root rw\n');

function facts(devices: readonly BlockDevice[], more: Partial<GrowFacts> = {}): GrowFacts {
  const disk = devices.at(-1);
  const partition = devices.find(({ kind }) => kind === 'partition');
  const table: DiskTable = {
    ...{ kind: 'gpt', sectorBytes: 512, linkSectors: [], mustWrite: false, mends: [] },
    endSector: (disk?.bytes ?? 0) / 512 - 33,
    entries: [{ number: 1, level: 'primary', start: 2048, end: 2048 + (partition?.bytes ?? 0) / 512 }],
  };
  return {
    ...{ mount, stack: { devices, fork: [] }, table, layers: [], definition: undefined },
    fileSystem: { type: 'btrfs', bytes: devices[0]?.bytes ?? 0, deviceId: 1, devices: 1 },
    ...more,
  };
}

test('LUKS: partition, mapping and file system follow each other in one plan (no device-mapper here)', () => {
  const devices = [
    device('/dev/mapper/root', 'crypt', 3 * gib - 16 * mib),
    device('/dev/vda1', 'partition', 3 * gib),
    device('/dev/vda', 'disk', 10 * gib),
  ];
  const layers = [
    {
      kind: 'crypt' as const,
      path: '/dev/mapper/root',
      bytes: 3 * gib - 16 * mib,
      headBytes: 16 * mib,
      lower: '/dev/vda1',
    },
  ];
  const plans = planAll(facts(devices, { layers }));
  assert.deepEqual(
    plans.map(({ verdict }) => verdict),
    ['grow', 'grow', 'grow'],
  );
  assert.deepEqual(
    plans.flatMap(({ steps }) => steps.map((step) => step.do)),
    ['keep-table', 'resize-partition', 'refresh-kernel', 'resize-crypt', 'grow-file-system'],
  );
  const [partition, mapping, fileSystem] = plans;
  assert.equal(mapping?.toBytes, (partition?.toBytes ?? 0) - 16 * mib);
  assert.equal(fileSystem?.toBytes, mapping?.toBytes);
});

test('LUKS: a partition that had grown at an earlier boot gets its mapping grown now (no device-mapper here)', () => {
  const devices = [
    device('/dev/mapper/root', 'crypt', 3 * gib),
    device('/dev/vda1', 'partition', 10 * gib - 2 * mib),
    device('/dev/vda', 'disk', 10 * gib),
  ];
  const layers = [
    {
      kind: 'crypt' as const,
      path: '/dev/mapper/root',
      bytes: 3 * gib,
      headBytes: 16 * mib,
      lower: '/dev/vda1',
    },
  ];
  assert.deepEqual(
    planAll(facts(devices, { layers })).map(({ verdict }) => verdict),
    ['full', 'grow', 'grow'],
  );
});

test('LVM: the volume group gets the space, the volume is its owner’s to grow (no device-mapper here)', () => {
  const devices = [
    device('/dev/mapper/vg-root', 'lvm', 2 * gib),
    device('/dev/vda1', 'partition', 3 * gib),
    device('/dev/vda', 'disk', 10 * gib),
  ];
  const layers = [
    { kind: 'lvm' as const, path: '/dev/vda1', bytes: 3 * gib, headBytes: 0, lower: '/dev/vda1' },
  ];
  const [partition, group, fileSystem] = planAll(facts(devices, { layers }));
  assert.deepEqual([partition?.verdict, group?.verdict, fileSystem?.verdict], ['grow', 'grow', 'full']);
  assert.match(group?.reason ?? '', /lvextend --resizefs/);
});

test('what lies on several devices or on a RAID is left alone', () => {
  const forked = facts([device('/dev/mapper/vg-root', 'lvm', gib)]);
  const [spread] = planAll({ ...forked, stack: { ...forked.stack, fork: ['/dev/sda', '/dev/sdb'] } });
  assert.match(`${spread?.verdict} ${spread?.reason}`, /^cannot .*\/dev\/sda and \/dev\/sdb/);
  const [raid] = planAll(facts([device('/dev/md0', 'raid', gib), device('/dev/sda', 'disk', gib)]));
  assert.match(`${raid?.verdict} ${raid?.reason}`, /^cannot .*mdadm/);
});

test('an MBR cannot name more than 2 TiB of a disk, and it says so', () => {
  const devices = [device('/dev/sda1', 'partition', gib), device('/dev/sda', 'disk', 4096 * gib)];
  const { table } = facts(devices);
  assert.ok(table !== undefined && 'entries' in table);
  const [partition] = planAll(facts(devices, { table: { ...table, kind: 'dos', endSector: 2 ** 32 - 1 } }));
  assert.equal(partition?.verdict, 'grow');
  assert.ok((partition?.toBytes ?? 0) + mib <= (2 ** 32 - 1) * 512);
  assert.match(
    partition?.reason ?? '',
    /An MBR cannot name more than .* of \/dev\/sda \(4 TiB\): the rest needs a GPT/,
  );
});

test('a definition of systemd-repart is acted on by it, up to its largest size', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-repart-'));
  try {
    const type = '4f68bce3-e8cd-4db1-96e7-fbcaf984b709';
    await writeFile(
      join(folder, '50-root.conf'),
      '[Partition]\nType=root-x86-64\nLabel=ROOT\nSizeMaxBytes=5G\n',
    );
    assert.equal(findDefinition({ type, label: 'OTHER' }, [folder]), undefined);
    assert.equal(
      findDefinition({ type: '0fc63daf-8483-4772-8e79-3d69d8477de4', label: 'ROOT' }, [folder]),
      undefined,
    );
    const definition = findDefinition({ type, label: 'ROOT' }, ['/nowhere', folder]);
    assert.deepEqual(definition, { path: join(folder, '50-root.conf'), maxBytes: 5 * gib });
    const devices = [device('/dev/vda1', 'partition', 3 * gib), device('/dev/vda', 'disk', 10 * gib)];
    const [partition, fileSystem] = planAll(facts(devices, { definition }));
    assert.deepEqual(
      partition?.steps.map((step) => step.do),
      ['keep-table', 'repart', 'refresh-kernel'],
    );
    assert.equal(partition.toBytes, 5 * gib);
    assert.match(partition.reason, /SizeMaxBytes= of .*50-root.conf/);
    const [grow] = fileSystem?.steps ?? [];
    assert.equal(grow?.do === 'grow-file-system' && grow.by, 'systemd-growfs');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a file system is never planned larger than its device, and once it has that, it rests', () => {
  const geometry = {
    blockBytes: 4096,
    firstBlock: 0,
    groupBlocks: 32768,
    groupOverhead: 514,
    copyOverhead: 1030,
    maxBlocks: 2 ** 32 - 1,
  };
  fc.assert(
    fc.property(fc.integer({ min: 64 * mib, max: 2 ** 43 }), (bytes) => {
      const ext4 = { type: 'ext4' as const, bytes: 0, hasErrors: false, geometry };
      const xfs = { type: 'xfs' as const, bytes: 0, blockBytes: 4096, groupBlocks: 81920 };
      for (const fileSystem of [ext4, xfs]) {
        const reach = fileSystemReach(fileSystem, bytes);
        assert.ok(reach <= bytes && bytes - reach < 8 * mib);
        const [now] = [
          planFileSystem(
            facts([device('/dev/vda', 'disk', bytes)], { fileSystem: { ...fileSystem, bytes: reach } }),
          ),
        ];
        assert.equal(now?.verdict, 'full');
      }
    }),
  );
});

/** What /sys has of a partition with LUKS and LVM on it. */
async function sysfs(entries: Readonly<Record<string, string>>, links: Readonly<Record<string, string>>) {
  const root = await mkdtemp(join(tmpdir(), 'keelson-sys-'));
  for (const [path, text] of Object.entries(entries)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  for (const [path, target] of Object.entries(links)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await symlink(join(root, target), join(root, path));
  }
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true }) };
}

test('the devices below a mapped one are found, with names as NVMe has them', async () => {
  const block = (path: string, name: string, sectors: number) => ({
    [`devices/${path}/size`]: `${sectors}\n`,
    [`devices/${path}/ro`]: '0\n',
    [`devices/${path}/uevent`]: `MAJOR=1\nDEVNAME=${name}\n`,
  });
  await using sys = await sysfs(
    {
      ...block('pci/nvme0n1', 'nvme0n1', 1000),
      'devices/pci/nvme0n1/queue/logical_block_size': '4096\n',
      ...block('pci/nvme0n1/nvme0n1p3', 'nvme0n1p3', 500),
      'devices/pci/nvme0n1/nvme0n1p3/partition': '3\n',
      'devices/pci/nvme0n1/nvme0n1p3/start': '2048\n',
      ...block('virtual/dm-0', 'dm-0', 400),
      'devices/virtual/dm-0/dm/name': 'luks-root\n',
      'devices/virtual/dm-0/dm/uuid': 'CRYPT-LUKS2-0b1c-luks-root\n',
      'devices/virtual/dm-0/queue/logical_block_size': '4096\n',
    },
    {
      'dev/block/254:0': 'devices/virtual/dm-0',
      'class/block/nvme0n1p3': 'devices/pci/nvme0n1/nvme0n1p3',
      'devices/virtual/dm-0/slaves/nvme0n1p3': 'devices/pci/nvme0n1/nvme0n1p3',
    },
  );
  const { devices, fork } = readStack('254:0', sys.root);
  assert.deepEqual(fork, []);
  assert.deepEqual(
    devices.map(({ path, kind, bytes, sectorBytes, partition }) => [
      path,
      kind,
      bytes,
      sectorBytes,
      partition?.number,
    ]),
    [
      ['/dev/mapper/luks-root', 'crypt', 400 * 512, 4096, undefined],
      ['/dev/nvme0n1p3', 'partition', 500 * 512, 4096, 3],
      ['/dev/nvme0n1', 'disk', 1000 * 512, 4096, undefined],
    ],
  );
  assert.throws(() => readStack('8:1', sys.root), /no block device 8:1/);
});

test('headers of LUKS1, LUKS2 and of a physical volume are read', () => {
  const [mapping, lower] = [
    device('/dev/mapper/root', 'crypt', gib),
    device('/dev/vda1', 'partition', 2 * gib),
  ];
  const bytes = Buffer.alloc(20480);
  const read = (offset: number, length: number) => bytes.subarray(offset, offset + length);
  assert.throws(() => readCryptLayer(read, mapping, lower), /header is elsewhere/);
  bytes.write('LUKS\xba\xbe\0\x01', 0, 'latin1');
  bytes.writeUInt32BE(4096, 104);
  assert.equal(readCryptLayer(read, mapping, lower).headBytes, 2 * mib);
  bytes.write('LUKS\xba\xbe\0\x02', 0, 'latin1');
  bytes.writeBigUInt64BE(16384n, 8);
  const json = (size: string) =>
    JSON.stringify({ segments: { 0: { type: 'crypt', offset: '16777216', size } } });
  bytes.write(`${json('dynamic')}\0`, 4096);
  assert.equal(readCryptLayer(read, mapping, lower).headBytes, 16 * mib);
  bytes.write(`${json('1048576')}\0`, 4096);
  assert.throws(() => readCryptLayer(read, mapping, lower), /size that was fixed/);
  assert.throws(() => readVolumeLayer(read, lower), /no label of a physical volume/);
  bytes.write('LABELONE', 512);
  bytes.writeUInt32LE(32, 512 + 20);
  bytes.writeBigUInt64LE(BigInt(gib), 512 + 64);
  assert.equal(readVolumeLayer(read, lower).bytes, gib);
});

test('checksums are those of zlib', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => crc32(bytes) === zlibCrc32(bytes)));
});

test('sizes are told as people tell them, and never too large', () => {
  assert.deepEqual([0, 1023, 1024, 1536 * mib, 19.99 * gib, 100.9 * gib, 4096 * gib].map(sizeText), [
    '0 bytes',
    '1023 bytes',
    '1 KiB',
    '1.5 GiB',
    '19.9 GiB',
    '100 GiB',
    '4 TiB',
  ]);
});
