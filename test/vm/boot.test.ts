// The image boots: by UEFI, by BIOS and straight from its kernel; /usr is sealed, / has grown.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { kernelOfImage } from '../../src/sandbox/vm/kernel-of-image.ts';
import { temporaryFolder } from '../machine/booted.ts';
import { type BootedVm, bootVm, GiB, testTimeout } from './booted-vm.ts';
import { provideImage } from './image.ts';
import { offline } from './offline.ts';

async function assertHealthy(vm: BootedVm): Promise<void> {
  assert.equal(await vm.ask('systemctl', 'is-active', 'fleet.service'), 'active');
  assert.match(await vm.ask('fleetctl', 'list-machines', '--no-legend'), /^\S+/);
  assert.equal(await vm.ask('systemctl', '--failed', '--no-legend', '--plain'), '');
  assert.equal(await vm.ask('hostname'), 'vm');
  assert.equal(await vm.runningSlot(), 'A');
}

test('UEFI, and a disk that is larger than the image', { timeout: testTimeout(2) }, async () => {
  await using vm = await bootVm({ firmware: 'ovmf', diskBytes: 20 * GiB });
  await assertHealthy(vm);
  assert.equal(await vm.ask('test', '-d', '/sys/firmware/efi'), '');

  const usr = await vm.ask('findmnt', '--noheadings', '--output', 'SOURCE,OPTIONS', '/usr');
  assert.match(usr, /^\/dev\/mapper\/usr\s+ro\b/);
  for (const argv of [
    ['touch', '/usr/bin/new'],
    ['rm', '/usr/bin/env'],
    ['mount', '-o', 'remount,rw', '/usr'],
    ['dd', 'if=/dev/zero', 'of=/dev/mapper/usr', 'bs=4096', 'count=1'],
  ]) {
    const { status, stderr } = await vm.exec(argv, { accept: 'any' });
    assert.notEqual(status, 0, argv.join(' '));
    assert.match(stderr, /[Rr]ead-only|write-protected|not permitted/, argv.join(' '));
  }

  // Of the 20 GiB the slots and the boot partition take about two and a half.
  const size = Number(await vm.ask('findmnt', '--noheadings', '--bytes', '--output', 'SIZE', '/'));
  assert.ok(size > 16 * GiB && size < 20 * GiB, `/ has ${size} bytes`);

  await vm.exec(['sh', '-c', 'echo kept >/etc/kept && echo kept >/var/lib/kept && sync']);
  const id = await vm.ask('cat', '/etc/machine-id');
  assert.match(id, /^[0-9a-f]{32}$/);
  await vm.power.powerDown();
  await using disk = await offline(vm.disk);
  assert.match((await disk.espNames('/EFI/Linux')).join(' '), /^keelson_[^+ ]+\.efi$/i);
  assert.equal(await disk.extFile('ROOT', '/var/lib/kept'), 'kept\n');

  await vm.boot();
  await assertHealthy(vm);
  assert.equal(await vm.ask('cat', '/etc/kept', '/var/lib/kept'), 'kept\nkept');
  assert.equal(await vm.ask('cat', '/etc/machine-id'), id);
});

test('BIOS', { timeout: testTimeout(1) }, async () => {
  await using vm = await bootVm({ firmware: 'seabios' });
  await assertHealthy(vm);
  assert.equal((await vm.exec(['test', '-d', '/sys/firmware/efi'], { accept: 'any' })).status, 1);
});

test('kernel and initrd, loaded by QEMU', { timeout: testTimeout(1) }, async () => {
  const folder = await temporaryFolder();
  try {
    const kernel = await kernelOfImage(await provideImage(), join(folder, 'kernel'));
    await using vm = await bootVm({ firmware: 'direct', kernel });
    await assertHealthy(vm);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
