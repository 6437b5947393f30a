// Installations to real block devices: what is on the disk afterwards, what was refused, and what a kill leaves.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { placeBootSectors } from '../../../src/deploy/image/boot-sectors.ts';
import { parsePartitions } from '../../../src/deploy/image/partitions.ts';
import { describeDisk } from '../../../src/deploy/install/contents.ts';
import { checkTarget, type InstallStep, install, installSteps } from '../../../src/deploy/install/install.ts';
import { openImage, openRelease, openRunning } from '../../../src/deploy/install/source.ts';
import { readPartitionTable, readUki, verifyVerity, verityPartitionIds } from '../../../src/disk/index.ts';
import { isInstalled, run } from '../../../src/host/index.ts';
import { makeRelease } from '../../disk/slots/release.ts';
import { stubPath } from '../../disk/stub.ts';
import { loopDisk, noLoopDevices } from './loop-disk.ts';

const stub = await stubPath();
const programs = ['sfdisk', 'mcopy', 'mkfs.vfat', 'mkfs.ext4', 'veritysetup', 'objcopy', 'lsblk'];
const missing = programs.filter((program) => !isInstalled(program));
const skip =
  (stub === undefined && 'systemd’s EFI stub is not installed (apt-get install systemd-boot-efi)') ||
  (missing.length > 0 && `not installed: ${missing.join(', ')}`) ||
  (await noLoopDevices());

const partitions = parsePartitions(
  'EFI-SYSTEM 64M\nUSR-A 2M\nUSR-A-VERITY 1M\nUSR-B 2M\nUSR-B-VERITY 1M\nOEM 4M\nROOT 64M\n',
  'partitions',
);
const mebibyte = 1024 * 1024;
let folder = '';
let release = '';
let loader = '';
let rootHash = '';

before(async () => {
  if (skip !== false) return;
  folder = await mkdtemp(join(tmpdir(), 'keelson-install-test-'));
  release = join(folder, 'release');
  rootHash = (await makeRelease(stub ?? '', release, '1.2.3')).verity.rootHash;
  loader = join(folder, 'systemd-bootx64.efi');
  await writeFile(loader, 'a loader');
});
after(() => rm(folder, { recursive: true, force: true }));

/** The loader for BIOS, of the right form and without meaning. */
function bootSectors() {
  const boot = Buffer.alloc(512, 0x90);
  boot.writeUInt16LE(0xaa55, 510);
  return placeBootSectors(boot, Buffer.alloc(3000, 'core'));
}

interface Wishes {
  readonly userData?: Uint8Array;
  readonly afterStep?: (step: InstallStep) => void;
}

async function installTo(device: string, source = openRelease(release), wishes: Wishes = {}) {
  const scratch = await mkdtemp(join(folder, 'scratch-'));
  await using opened = await source;
  const said: string[] = [];
  let last = 0;
  const installed = await install({
    ...wishes,
    device,
    source: opened,
    partitions,
    loader,
    bootSectors: bootSectors(),
    scratch,
    onStep: (text) => said.push(text),
    onProgress: (done, total) => {
      assert.ok(done >= last && done <= total);
      last = done;
    },
  });
  return { installed, said };
}

/** A partition's bytes as a file. */
async function partitionFile(t: TestContext, disk: string, label: string): Promise<string> {
  const table = await readPartitionTable(disk);
  const found = table.partitions.find(({ name }) => name === label);
  assert.ok(found, `${disk} has ${label}`);
  const target = join(await mkdtemp(join(folder, 'part-')), label);
  const place = [`skip=${found.start * 512}`, `count=${found.size * 512}`];
  const flags = ['iflag=skip_bytes,count_bytes', 'conv=sparse', 'status=none', 'bs=1M'];
  await run('dd', [`if=${disk}`, `of=${target}`, ...place, ...flags]);
  t.after(() => rm(target, { force: true }));
  return target;
}

test('a release on an empty disk', { skip }, async (t) => {
  const disk = await loopDisk(t, 200);
  const userData = Buffer.from('#cloud-config\nhostname: installed\n');
  const { installed, said } = await installTo(disk.device, openRelease(release), { userData });
  assert.deepEqual(
    { version: installed.version, rootHash: installed.rootHash },
    { version: '1.2.3', rootHash },
  );
  assert.equal(said.at(-1), 'Writing the partition table');
  await disk.detach();

  const table = await readPartitionTable(disk.file);
  const ids = verityPartitionIds(rootHash);
  const byLabel = new Map(table.partitions.map((partition) => [partition.name, partition]));
  assert.equal(byLabel.get('USR-A')?.uuid, ids.usr);
  assert.equal(byLabel.get('USR-A-VERITY')?.uuid, ids.verity);
  const labels = ['EFI-SYSTEM', 'USR-A', 'USR-A-VERITY', 'USR-B', 'USR-B-VERITY', 'OEM', 'ROOT', 'BIOS-BOOT'];
  assert.deepEqual([...byLabel.keys()], labels);
  const { stderr, stdout } = await run('sfdisk', ['--verify', disk.file], { accept: 'any' });
  assert.match(stdout + stderr, /No errors/i);

  const part = (label: string) => partitionFile(t, disk.file, label);
  await verifyVerity({ data: await part('USR-A'), tree: await part('USR-A-VERITY'), rootHash });
  const esp = await part('EFI-SYSTEM');
  await run('fsck.vfat', ['-n', esp]);
  const uki = join(folder, 'installed.efi');
  await run('mcopy', ['-n', '-i', esp, '::/EFI/Linux/keelson_1.2.3.efi', uki]);
  assert.match((await readUki(uki)).cmdline, new RegExp(`usrhash=${rootHash}`));
  const root = await part('ROOT');
  for (const path of [root, await part('OEM')]) await run('e2fsck', ['-fn', path]);
  const cat = await run('debugfs', ['-R', 'cat /var/lib/coreos-install/user_data', root]);
  assert.equal(cat.stdout, userData.toString());
  const mode = await run('debugfs', ['-R', 'stat /var/lib/coreos-install/user_data', root]);
  assert.match(mode.stdout, /Mode: {2}0600[\s\S]*User: +0 +Group: +0/);

  const bytes = await readFile(disk.file);
  assert.deepEqual(bytes.subarray(0, 440), bootSectors().boot);
  assert.equal(bytes.readUInt16LE(510), 0xaa55);
  assert.deepEqual(bytes.subarray(40 * 512, 40 * 512 + 3000), bootSectors().core.subarray(0, 3000));
});

test('two installations have nothing in common that tells disks apart', { skip }, async (t) => {
  const ids: string[] = [];
  for (let count = 0; count < 2; count++) {
    const disk = await loopDisk(t, 200);
    await installTo(disk.device);
    const table = await readPartitionTable(disk.device);
    ids.push(
      table.id,
      ...table.partitions.flatMap(({ name, uuid }) => (name?.startsWith('USR-A') ? [] : (uuid ?? []))),
    );
    for (const label of ['EFI-SYSTEM', 'OEM', 'ROOT']) {
      const { stdout } = await run('blkid', [
        '-p',
        '-o',
        'value',
        '-s',
        'UUID',
        await partitionFile(t, disk.device, label),
      ]);
      ids.push(stdout.trim());
    }
  }
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(ids.length, 2 * (1 + 6 + 3));
});

test('an installed disk, as an image and as the system that runs, installs the same again', {
  skip,
}, async (t) => {
  const first = await loopDisk(t, 200);
  await installTo(first.device);
  await first.detach();
  const scratch = await mkdtemp(join(folder, 'image-'));
  const second = await loopDisk(t, 200);
  await installTo(second.device, openImage(first.file, scratch));
  const [usr, verity] = [
    await partitionFile(t, second.file, 'USR-A'),
    await partitionFile(t, second.file, 'USR-A-VERITY'),
  ];
  await verifyVerity({ data: usr, tree: verity, rootHash });
  const { stdout } = await run('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE']);
  assert.ok(!stdout.includes(first.file), 'no loop device of the image is left');

  const esp = join(folder, 'boot');
  await mkdir(join(esp, 'EFI/Linux'), { recursive: true });
  await writeFile(join(esp, 'EFI/Linux/broken.efi'), 'MZ');
  await writeFile(join(esp, 'EFI/Linux/keelson_1.2.3+2-1.efi'), await readFile(join(release, 'keelson.efi')));
  const third = await loopDisk(t, 200);
  const cmdline = `quiet usrhash=${rootHash} panic=5`;
  const { installed } = await installTo(third.device, openRunning({ cmdline, usr, verity, esp }));
  assert.equal(installed.version, '1.2.3');
  await verifyVerity({
    data: await partitionFile(t, third.device, 'USR-A'),
    tree: await partitionFile(t, third.device, 'USR-A-VERITY'),
    rootHash,
  });
  await assert.rejects(openRunning({ cmdline: 'quiet', usr, verity, esp }), { code: 'deploy.source' });
  const other = `usrhash=${'ab'.repeat(32)}`;
  await assert.rejects(openRunning({ cmdline: other, usr, verity, esp }), {
    code: 'deploy.source',
    message: /no boot entry of the system that runs/,
  });
});

test('whatever ends it, the disk boots nothing or all', { skip }, async (t) => {
  const disk = await loopDisk(t, 200);
  await installTo(disk.device);
  const ends = await Promise.all([0, 199].map((at) => readAt(disk.device, at * mebibyte, mebibyte)));
  for (const step of installSteps) {
    // It had a system before: tables, loader, and all between.
    for (const [index, at] of [0, 199].entries()) {
      await writeAt(disk.device, at * mebibyte, ends[index] ?? assert.fail());
    }
    assert.equal((await readPartitionTable(disk.device)).partitions.length, 8);
    const killed = installTo(disk.device, openRelease(release), {
      afterStep: (name) => {
        if (name === step) throw new Error(`power failed after ${name}`);
      },
    });
    await assert.rejects(killed, { message: `power failed after ${step}` });
    const [firstByte] = await readAt(disk.device, 0, 1);
    if (step === 'table' || step === 'boot-sector') {
      const part = (label: string) => partitionFile(t, disk.device, label);
      await verifyVerity({ data: await part('USR-A'), tree: await part('USR-A-VERITY'), rootHash });
      await run('mdir', ['-i', await part('EFI-SYSTEM'), '::/EFI/Linux/keelson_1.2.3.efi']);
      assert.equal(firstByte !== 0, step === 'boot-sector', step);
    } else {
      await assert.rejects(readPartitionTable(disk.device), { code: 'disk.absent' }, step);
      assert.equal(firstByte, 0, step);
    }
  }
});

test('a damaged source is refused by name and offset, before the disk is touched', { skip }, async (t) => {
  const disk = await loopDisk(t, 200);
  await installTo(disk.device);
  await disk.detach();
  const before = await hashOf(disk.file);
  const table = await readPartitionTable(disk.file);
  const usr = table.partitions.find(({ name }) => name === 'USR-A');
  assert.ok(usr);
  const scratch = () => mkdtemp(join(folder, 'image-'));
  await flip(disk.file, usr.start * 512 + 5 * 4096 + 7);
  await assert.rejects(openImage(disk.file, await scratch()), {
    code: 'disk.damaged',
    message: /does not match its hash tree .* at offset 20480/,
  });
  await flip(disk.file, usr.start * 512 + 5 * 4096 + 7);
  assert.equal(await hashOf(disk.file), before);

  const copy = join(folder, 'damaged');
  await mkdir(copy);
  for (const name of ['manifest.json', 'usr.squashfs', 'usr.verity', 'keelson.efi']) {
    await writeFile(join(copy, name), await readFile(join(release, name)));
  }
  await flip(join(copy, 'usr.verity'), 5000);
  await assert.rejects(openRelease(copy), { code: 'disk.damaged', message: /usr\.verity/ });
  await assert.rejects(openRelease(folder), { code: 'disk.absent', message: /manifest\.json/ });
  const cases: readonly (readonly [string, Buffer, RegExp])[] = [
    ['packed.qcow2', Buffer.from('514649fb00000003', 'hex'), /packed\.qcow2 is qcow2; a raw image is needed/],
    ['packed.zst', Buffer.from('28b52ffd', 'hex'), /is compressed \(zstd\)/],
  ];
  for (const [name, content, message] of cases) {
    await writeFile(join(folder, name), content);
    await assert.rejects(openImage(join(folder, name), await scratch()), { code: 'deploy.source', message });
  }
  await writeFile(join(folder, 'nothing.raw'), Buffer.alloc(mebibyte));
  await assert.rejects(openImage(join(folder, 'nothing.raw'), await scratch()), { code: 'disk.absent' });
});

test('disks that are in use, too small or none are refused', { skip }, async (t) => {
  const small = await loopDisk(t, 100);
  await assert.rejects(checkTarget(small.device, partitions), {
    code: 'deploy.disk',
    message: /has 100 MiB; the partitions need 140 MiB/,
  });
  await assert.rejects(checkTarget(small.file, partitions), { code: 'deploy.disk', message: /is no disk/ });
  await assert.rejects(checkTarget('/dev/no-such-disk', partitions), { message: /There is no disk/ });

  const used = await loopDisk(t, 200);
  await run('mkfs.ext4', ['-q', '-F', '-L', 'precious', used.device]);
  const mountPoint = await mkdtemp(join(folder, 'mnt-'));
  await run('mount', [used.device, mountPoint]);
  try {
    await assert.rejects(installTo(used.device), {
      code: 'deploy.disk',
      message: new RegExp(`is in use: loop\\d+ is mounted at ${mountPoint}`),
    });
  } finally {
    await run('umount', [mountPoint]);
  }
  const { title } = await describeDisk(used.device);
  assert.match(title, /200 MiB {2}precious {2}ext4/);
  const { stdout } = await run('blkid', ['-p', '-o', 'value', '-s', 'LABEL', used.device]);
  assert.equal(stdout.trim(), 'precious');
});

async function readAt(path: string, offset: number, bytes: number): Promise<Buffer> {
  await using file = await open(path, 'r');
  const found = Buffer.alloc(bytes);
  await file.read(found, 0, bytes, offset);
  return found;
}

async function writeAt(path: string, offset: number, bytes: Buffer): Promise<void> {
  await using file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, offset);
  await file.sync();
}

async function hashOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

async function flip(path: string, offset: number): Promise<void> {
  const byte = await readAt(path, offset, 1);
  byte[0] = (byte[0] ?? 0) ^ 0x10;
  await writeAt(path, offset, byte);
}
