// A disk out of small parts, by the real programs: what is in it, and the same bytes when it is made again elsewhere.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildBootSectors, grubFolder } from '../../../src/deploy/image/boot-sectors.ts';
import { buildDisk } from '../../../src/deploy/image/disk.ts';
import { buildEsp } from '../../../src/deploy/image/esp.ts';
import { buildExt4 } from '../../../src/deploy/image/file-systems.ts';
import { layOut, numberOf, placeOf } from '../../../src/deploy/image/layout.ts';
import type { Release } from '../../../src/deploy/image/model.ts';
import { parsePartitions } from '../../../src/deploy/image/partitions.ts';
import { writeRelease } from '../../../src/deploy/image/release.ts';
import { buildUsrImage } from '../../../src/deploy/image/usr-image.ts';
import {
  checkRelease,
  formatGrubEnv,
  parseGrubEnv,
  readPartitionTable,
  readRelease,
  verifyVerity,
  verityPartitionIds,
  writeUki,
} from '../../../src/disk/index.ts';
import { hashFile, isInstalled, run } from '../../../src/host/index.ts';
import { stubPath } from '../../disk/stub.ts';

const epoch = 1_767_225_600;
const partitions = `EFI-SYSTEM 66M\nUSR-A 8M\nUSR-A-VERITY 1M\nUSR-B 8M\nUSR-B-VERITY 1M\nOEM 16M\nROOT 64M\n`;
const stub = await stubPath();
const programs = ['mksquashfs', 'mcopy', 'mkfs.vfat', 'mkfs.ext4', 'grub-mkimage', `${grubFolder}/boot.img`];
const missing = [...programs.filter((name) => !isInstalled(name)), ...(stub === undefined ? ['stub'] : [])];
const options = { skip: missing.length > 0 && `not installed here: ${missing.join(', ')}` };
const kernel = Buffer.concat([Buffer.from('MZ'), randomBytes(300_000)]);
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-image-'));
});
after(() => rm(folder, { recursive: true, force: true }));

interface Made {
  readonly release: Release;
  readonly disk: string;
  readonly at: string;
}

/** All stages that need no packages, in a folder of its own. */
async function make(name: string): Promise<Made> {
  const at = join(folder, name);
  const tree = join(at, 'tree');
  await mkdir(join(tree, 'lib'), { recursive: true });
  await writeFile(join(tree, 'lib/os-release'), 'ID=keelson\nIMAGE_VERSION=1.2.0\n');
  await writeFile(join(tree, 'lib/program'), '#!/bin/sh\n', { mode: 0o755 });
  const specs = parsePartitions(partitions, 'p');
  const layout = layOut(specs);
  const bootSectors = await buildBootSectors(at, numberOf(layout, 'EFI-SYSTEM'));
  const usr = await buildUsrImage({ tree, compression: 'fast', bootSectors, epoch, output: at });
  const { stdout } = await run('unsquashfs', ['-d', '', '-ll', usr.usr, 'lib/keelson-boot']);
  for (const name of ['boot.img', 'core.img']) {
    assert.match(
      stdout,
      new RegExp(`-rw-r--r-- root/root +\\d+ 2026-01-01 00:00 /lib/keelson-boot/bios/${name}`),
    );
  }
  const linux = join(at, 'vmlinuz');
  const initrd = join(at, 'initrd');
  await writeFile(linux, kernel);
  await writeFile(initrd, 'an initrd');
  const uki = join(at, 'uki.efi');
  const osRelease = 'ID=keelson\nIMAGE_ID=keelson\nIMAGE_VERSION=1.2.0\n';
  await writeUki({
    ...{ stub: stub ?? '', osRelease, cmdline: `usrhash=${usr.rootHash}`, linux, initrd, output: uki },
  });
  const release = { ...usr, version: '1.2.0', uki, ukiBytes: (await stat(uki)).size };
  const scratch = join(at, 'scratch');
  await mkdir(scratch);
  const [esp, oem, root, disk] = ['esp', 'oem', 'root', 'disk'].map((part) => join(at, part));
  assert.ok(esp !== undefined && oem !== undefined && root !== undefined && disk !== undefined);
  const size = (label: string) => specs.find((spec) => spec.label === label)?.bytes ?? 0;
  await buildEsp({
    ...{ release, slot: 'A', loader: stub ?? '', bytes: size('EFI-SYSTEM'), epoch, scratch, output: esp },
  });
  const seed = usr.rootHash;
  await buildExt4({ output: oem, label: 'OEM', bytes: size('OEM'), seed, epoch });
  await buildExt4({ output: root, label: 'ROOT', bytes: size('ROOT'), seed, epoch, growsTo: 2 ** 40 });
  await buildDisk({
    ...{ layout, slot: 'A', rootHash: seed, output: disk, bootSectors },
    contents: { 'EFI-SYSTEM': esp, 'USR-A': usr.usr, 'USR-A-VERITY': usr.verity, OEM: oem, ROOT: root },
  });
  return { release, disk, at };
}

/** Copies a partition of the disk into a file. */
async function cut(disk: string, label: 'EFI-SYSTEM' | 'USR-A' | 'USR-A-VERITY', target: string) {
  const place = placeOf(layOut(parsePartitions(partitions, 'p')), label);
  const bytes = Buffer.alloc(place.sectors * 512);
  const file = await open(disk, 'r');
  await file.read(bytes, 0, bytes.length, place.start * 512);
  await file.close();
  await writeFile(target, bytes);
}

test('made twice, in other folders and at another time, the disk has the same bytes', options, async () => {
  const first = await make('first');
  // A whole second, which is what file systems and FAT's times would show.
  await new Promise((resolve) => setTimeout(resolve, 2100));
  const second = await make('somewhere-else');
  for (const part of ['usr.squashfs', 'usr.verity', 'uki.efi', 'esp', 'oem', 'root', 'disk']) {
    const hashes = await Promise.all([first, second].map(({ at }) => hashFile(join(at, part))));
    assert.equal(hashes[0], hashes[1], part);
  }
});

test('the table, the slot and the boot partition are what the system looks for', options, async () => {
  const { disk, release, at } = await make('third');
  const table = await readPartitionTable(disk);
  const ids = verityPartitionIds(release.rootHash);
  const named = (name: string) => table.partitions.find((partition) => partition.name === name);
  assert.equal(named('USR-A')?.uuid, ids.usr);
  assert.equal(named('USR-A-VERITY')?.uuid, ids.verity);
  assert.equal(named('BIOS-BOOT')?.number, 8);
  await run('sfdisk', ['--verify', disk]);

  const data = join(at, 'cut-usr');
  const tree = join(at, 'cut-verity');
  await cut(disk, 'USR-A', data);
  await cut(disk, 'USR-A-VERITY', tree);
  await verifyVerity({ data, tree, rootHash: release.rootHash });

  const esp = join(at, 'cut-esp');
  await cut(disk, 'EFI-SYSTEM', esp);
  const read = async (path: string) => (await run('mtype', ['-i', esp, `::${path}`])).stdout;
  assert.match(await read('keelson/A/entry.cfg'), new RegExp(`'usrhash=${release.rootHash}'`));
  assert.equal(await read('startup.nsh'), 'reset\r\n');
  const environment = parseGrubEnv(Buffer.from(await read('keelson/grub/grubenv'), 'latin1'), 'grubenv');
  assert.deepEqual(environment.get('good_slot'), 'A');
  assert.equal(formatGrubEnv(environment).length, 1024);
  await run('mcopy', ['-i', esp, '::EFI/Linux/keelson_1.2.0.efi', join(at, 'cut.efi')]);
  assert.deepEqual(await readFile(join(at, 'cut.efi')), await readFile(release.uki));
  await run('fsck.vfat', ['-n', esp]);
  for (const part of ['oem', 'root']) await run('e2fsck', ['-f', '-n', join(at, part)]);
  const boot = (await readFile(disk)).subarray(0, 512);
  assert.equal(boot.readBigUInt64LE(0x5c), 40n);
  assert.equal(boot.readUInt16LE(510), 0xaa55);
});

test('a release is what writing a slot accepts', options, async () => {
  const { release, at } = await make('fourth');
  await writeRelease(release, 'amd64', join(at, 'release'));
  const read = await readRelease(join(at, 'release'));
  await checkRelease(read);
  assert.equal(read.manifest.verity.rootHash, release.rootHash);
  // Its tree can be made again from what the manifest says.
  await truncate(join(at, 'release', 'usr.squashfs'), release.usrBytes - 4096);
  await assert.rejects(checkRelease(read), /ends at offset/);
});
