// Where a machine's slots are: the disk below the verity device of /usr, and the ESP of that disk, in made-up
// trees of /proc and /sys.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { diskErrors, locateSlots } from '../../../src/disk/index.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'keelson-locate-'));
  await put('proc/cmdline', 'usrhash=ab quiet\n');
  await mkdir(join(root, 'sys/block'), { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

async function disk(name: string, partitions: readonly number[]): Promise<void> {
  for (const number of partitions)
    await put(`sys/devices/virtual/block/${name}/${name}${number}/partition`, `${number}\n`);
}

async function verityOfUsr(name: string): Promise<void> {
  await put('sys/block/dm-3/dm/name', 'usr\n');
  await mkdir(join(root, 'sys/block/dm-3/slaves'), { recursive: true });
  await symlink(
    `../../../devices/virtual/block/${name}/${name}2`,
    join(root, `sys/block/dm-3/slaves/${name}2`),
  );
}

/** `[mount point, major:minor, partition]` each. */
async function mounts(list: readonly [string, string, string][]): Promise<void> {
  const lines = list.map(
    ([place, device], index) => `${30 + index} 1 ${device} / ${place} rw - vfat /dev/x rw`,
  );
  await put('proc/self/mountinfo', `${lines.join('\n')}\n`);
  await mkdir(join(root, 'sys/dev/block'), { recursive: true });
  for (const [, device, partition] of list) {
    await symlink(`../../devices/virtual/block/${partition}`, join(root, 'sys/dev/block', device));
  }
}

test('the ESP of the disk that /usr comes from, and not another disk’s', async () => {
  await disk('vda', [1, 2]);
  await disk('vdb', [1]);
  await verityOfUsr('vda');
  await mounts([
    ['/efi', '254:17', 'vdb/vdb1'],
    ['/boot', '254:1', 'vda/vda1'],
  ]);
  await mkdir(join(root, 'sys/firmware/efi'), { recursive: true });
  await mkdir(join(root, 'boot/EFI/Linux'), { recursive: true });
  await writeFile(join(root, 'boot/EFI/Linux/keelson_7+3.efi'), '');
  const host = await locateSlots({ root });
  assert.equal(host.loader.kind, 'systemd-boot');
  assert.equal(host.cmdline, 'usrhash=ab quiet');
  const { entries } = await host.loader.read(() => undefined);
  assert.deepEqual(
    entries.map(({ path }) => path),
    [join(root, 'boot/EFI/Linux/keelson_7+3.efi')],
  );
});

test('BIOS goes by GRUB, also on a disk that carries both', async () => {
  await disk('vda', [1, 2]);
  await verityOfUsr('vda');
  await mounts([['/boot', '254:1', 'vda/vda1']]);
  await assert.rejects(locateSlots({ root }), /booted by BIOS, and .*keelson\/grub\/grubenv is missing/);
  await put('boot/keelson/grub/grubenv', '');
  assert.equal((await locateSlots({ root })).loader.kind, 'grub');
  await mkdir(join(root, 'boot/EFI/Linux'), { recursive: true });
  assert.equal((await locateSlots({ root })).loader.kind, 'grub');
  await mkdir(join(root, 'sys/firmware/efi'), { recursive: true });
  assert.equal((await locateSlots({ root })).loader.kind, 'systemd-boot');
});

test('an ESP that is not mounted, or is another disk’s, is no ESP', async () => {
  await disk('vda', [1, 2]);
  await disk('vdb', [1]);
  await verityOfUsr('vda');
  await mounts([['/boot', '254:17', 'vdb/vdb1']]);
  await assert.rejects(locateSlots({ root }), (error) => {
    assert.ok(diskErrors.is(error, 'absent'));
    assert.equal(error.message, 'The EFI system partition of vda is not mounted (/boot is of vdb).');
    return true;
  });
});

test('a machine whose /usr is no verity device has no slots', async () => {
  await mounts([['/boot', '254:1', 'vda/vda1']]);
  await assert.rejects(locateSlots({ root }), (error) => diskErrors.is(error, 'unsupported'));
  assert.equal((await locateSlots({ root, folder: '/srv/slots' })).loader.kind, 'plain-files');
});

test('a container is told where its slots are by the command line of its PID 1', async () => {
  await put('run/systemd/container', 'systemd-nspawn\n');
  await put('proc/1/cmdline', '/sbin/init\0usrhash=cd\0keelson.slots=/var/lib/slots\0');
  const host = await locateSlots({ root });
  assert.equal(host.loader.kind, 'plain-files');
  assert.equal(host.cmdline, 'usrhash=cd keelson.slots=/var/lib/slots');
  assert.equal(host.stateFolder, '/var/lib/slots');
  await put('proc/1/cmdline', '/sbin/init\0keelson.slots=elsewhere\0');
  await assert.rejects(locateSlots({ root }), (error) => diskErrors.is(error, 'unsupported'));
});
