// From a running system to a second disk, which then boots alone and beside the first.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/host/index.ts';
import { copyDisk, emptyDisk } from '../../src/sandbox/vm/disks.ts';
import { fatInDisk } from '../../src/sandbox/vm/kernel-of-image.ts';
import { temporaryFolder } from '../machine/booted.ts';
import { type BootedVm, bootVm, GiB, testTimeout } from './booted-vm.ts';
import { provideImage } from './image.ts';

const userData = `#cloud-config
write_files:
  - {path: /etc/proof, content: installed}
`;

/**
 * The disks below /, /usr and the maker's partition, as QEMU calls them: disk0 is the first. Which of them the kernel
 * calls vda is no promise: drivers are loaded while disks are still being found.
 */
async function systemDisks(vm: BootedVm): Promise<string> {
  const script = `set -e
for source in "$(findmnt -no SOURCE /)" "$(findmnt -no SOURCE /usr)" "$(readlink -f /dev/keelson/oem)"; do
  disk=$(lsblk --inverse --noheadings --raw --output TYPE,NAME "$source" | sed -n 's/^disk //p' | sort -u)
  cat /sys/block/$disk/serial; echo
done`;
  const serials = (await vm.ask('sh', '-c', script)).split('\n').filter((line) => line !== '');
  return [...new Set(serials)].join(' ');
}

test('a copy of the running system on a second disk', { timeout: testTimeout(5) }, async () => {
  const folder = await temporaryFolder();
  try {
    const installed = await emptyDisk(join(folder, 'installed.qcow2'), 5 * GiB);
    {
      await using vm = await bootVm({ firmware: 'ovmf', moreDisks: [installed], memoryMiB: 2048 });
      const install = ['keelson', 'image', 'install', '--yes', '--quiet', '--json'];
      const own = await vm.exec([...install, '/dev/vda'], { accept: 'any' });
      assert.equal(own.status, 1);
      assert.match(own.stderr, /\/dev\/vda is the disk that this system runs from: \S+ is mounted at \//);
      const part = await vm.exec([...install, '/dev/vda6'], { accept: 'any' });
      assert.match(part.stderr, /\/dev\/vda6 is a partition of \/dev\/vda/);
      await vm.exec(['sh', '-c', 'cat >/run/user-data'], { input: userData });
      const { stdout } = await vm.exec([...install, '/dev/vdb', '--cloud-config', '/run/user-data'], {
        deadlineMs: 1_200_000,
      });
      const told = JSON.parse(stdout);
      assert.match(await vm.ask('cat', '/proc/cmdline'), new RegExp(`usrhash=${told.rootHash}`));
      assert.equal(told.partitionsSeen, true);
      const labels = await vm.ask('lsblk', '--noheadings', '--raw', '--output', 'PARTLABEL', '/dev/vdb');
      const all = [
        'EFI-SYSTEM',
        'USR-A',
        'USR-A-VERITY',
        'USR-B',
        'USR-B-VERITY',
        'OEM',
        'ROOT',
        'BIOS-BOOT',
      ];
      assert.deepEqual(labels.split(/\s+/).filter(Boolean).sort(), all.sort());
      await vm.power.powerDown();
    }
    {
      await using vm = await bootVm({ firmware: 'seabios', disk: installed });
      assert.equal(await vm.ask('cat', '/etc/proof'), 'installed');
      assert.equal(await vm.ask('systemctl', 'is-active', 'fleet.service'), 'active');
      const size = Number(await vm.ask('findmnt', '--noheadings', '--bytes', '--output', 'SIZE', '/'));
      assert.ok(size > 2 * GiB, `/ has ${size} bytes`);
      await vm.exec(['sh', '-c', 'echo second >/etc/which && sync']);
      await vm.power.powerDown();
    }
    // Both at once, with the same version in the same slot. Firmware boots the second: UEFI because the first one's
    // loader is gone, BIOS, which starts one hard disk and no other, because it is told to. The system has to come
    // from there, whatever the kernel finds first.
    const first = await copyDisk({ path: await provideImage(), format: 'raw' }, join(folder, 'first.raw'));
    const env = { PATH: process.env.PATH ?? '', MTOOLS_SKIP_CHECK: '1' };
    const drive = await fatInDisk(first.path);
    await run('mdel', ['-i', drive, '::/EFI/BOOT/BOOTX64.EFI', '::/EFI/systemd/systemd-bootx64.efi'], {
      env,
    });
    for (const firmware of ['ovmf', 'seabios'] as const) {
      const moreDisks = [{ ...installed, bootsFirst: firmware === 'seabios' }];
      await using vm = await bootVm({ firmware, disk: first, moreDisks });
      assert.equal(await systemDisks(vm), 'disk1', firmware);
      assert.equal(await vm.ask('cat', '/etc/proof'), 'installed');
      assert.equal(await vm.ask('cat', '/etc/which'), 'second');
      await vm.power.powerDown();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
