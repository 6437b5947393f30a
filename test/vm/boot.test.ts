// The image boots: by UEFI, by BIOS and straight from its kernel; /usr is sealed, / has grown.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { growDisk } from '../../src/sandbox/vm/disks.ts';
import { kernelOfImage } from '../../src/sandbox/vm/kernel-of-image.ts';
import { temporaryFolder } from '../machine/booted.ts';
import { type BootedVm, bootVm, deadline, GiB, testTimeout } from './booted-vm.ts';
import { growsExt4, outcomes } from './grown-disks.ts';
import { provideImage } from './image.ts';
import { offline } from './offline.ts';

async function assertHealthy(vm: BootedVm): Promise<void> {
  assert.equal(await vm.ask('systemctl', 'is-active', 'fleet.service'), 'active');
  // fleetd is ready before it has a place in its cluster.
  const listed = 'until fleetctl list-machines --no-legend | grep -q .; do sleep 1; done';
  await vm.exec(['sh', '-c', listed], { deadlineMs: await deadline(60) });
  assert.equal(await vm.ask('systemctl', '--failed', '--no-legend', '--plain'), '');
  assert.equal(await vm.ask('hostname'), 'vm');
  assert.equal(await vm.runningSlot(), 'A');
}

const bytesOfRoot = async (vm: BootedVm) =>
  Number(await vm.ask('findmnt', '--noheadings', '--bytes', '--output', 'SIZE', '/'));

const updating = ['update-engine.service', 'locksmithd.service'];
const activeOf = async (vm: BootedVm, ...units: readonly string[]) =>
  (await vm.exec(['systemctl', 'is-active', ...units], { accept: 'any' })).stdout.trim().split('\n');

test('UEFI, and a disk that grows from 4 to 20 GiB', { timeout: testTimeout(2) }, async () => {
  await using vm = await bootVm({ firmware: 'ovmf', diskBytes: 4 * GiB });
  await assertHealthy(vm);
  // Slots and boot partition take about two and a half of them.
  const first = await bytesOfRoot(vm);
  assert.ok(first > GiB && first < 2 * GiB, `/ has ${first} bytes of 4 GiB`);
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

  await vm.exec(['sh', '-c', 'echo kept >/etc/kept && echo kept >/var/lib/kept && sync']);
  const id = await vm.ask('cat', '/etc/machine-id');
  assert.match(id, /^[0-9a-f]{32}$/);
  await vm.power.powerDown();
  {
    await using disk = await offline(vm.disk);
    assert.match((await disk.espNames('/EFI/Linux')).join(' '), /^keelson_[^+ ]+\.efi$/i);
    assert.equal(await disk.extFile('ROOT', '/var/lib/kept'), 'kept\n');
  }

  await growDisk(vm.disk, 20 * GiB);
  await vm.boot();
  await assertHealthy(vm);
  const size = await bytesOfRoot(vm);
  assert.ok(size > 16 * GiB && size < 20 * GiB, `/ has ${size} bytes of 20 GiB`);
  assert.equal(await vm.ask('cat', '/etc/kept', '/var/lib/kept'), 'kept\nkept');
  assert.equal(await vm.ask('cat', '/etc/machine-id'), id);
});

test('BIOS, with power lost between growth of the partition and of the file system', {
  timeout: testTimeout(2),
}, async () => {
  await using vm = await bootVm({ firmware: 'seabios', diskBytes: 12 * GiB, wait: false });
  // systemd-repart has grown the partition in the initrd; the file system is grown after it.
  await vm.power.waitForConsole(/Switching root|Switch Root\b/);
  await vm.power.kill();
  await vm.boot();
  await assertHealthy(vm);
  assert.equal((await vm.exec(['test', '-d', '/sys/firmware/efi'], { accept: 'any' })).status, 1);

  const said = await vm.ask('journalctl', '--boot', '--unit=keelson-grow-root.service', '--output=cat');
  assert.match(said, /^\/dev\/\w+ is left as it is\. .*That is the end of/m);
  assert.match(said, /^ext4 on \/ has grown from/m);
  const size = await bytesOfRoot(vm);
  assert.ok(size > 8 * GiB, `/ has ${size} bytes of 12 GiB`);
  assert.deepEqual(outcomes(await vm.ask('keelson', 'grow-root', '--json')), ['full', 'full']);
  await growsExt4(vm);
});

test('kernel and initrd, loaded by QEMU', { timeout: testTimeout(1) }, async () => {
  const folder = await temporaryFolder();
  try {
    const kernel = await kernelOfImage(await provideImage(), join(folder, 'kernel'));
    await using vm = await bootVm({ firmware: 'direct', kernel });
    await assertHealthy(vm);
    // Nobody has told it where updates come from, so nothing is started that would only wait for that.
    assert.deepEqual(await activeOf(vm, ...updating), ['inactive', 'inactive']);
    await vm.exec([
      'sh',
      '-c',
      'mkdir -p /etc/coreos && echo REBOOT_STRATEGY=reboot >/etc/coreos/update.conf',
    ]);
    await vm.exec(['systemctl', 'start', 'updates-start.service']);
    const started = 'until systemctl is-active --quiet locksmithd.service; do sleep 1; done';
    await vm.exec(['sh', '-c', started], { deadlineMs: await deadline(60) });
    assert.deepEqual(await activeOf(vm, ...updating), ['inactive', 'active']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
