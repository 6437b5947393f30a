// kexec into the other slot: a new version without firmware and boot loader, judged and blessed as after any boot.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../machine/booted.ts';
import { type BootedVm, bootVm, deadline, testTimeout } from './booted-vm.ts';
import { provideImage } from './image.ts';
import { fetchRelease, otherVersionOf, releaseOf } from './image-parts.ts';
import { serveFolder } from './web-server.ts';

interface Slot {
  readonly slot: string;
  readonly state: string;
  readonly version?: string;
  readonly running: boolean;
}

async function slots(vm: BootedVm): Promise<Slot[]> {
  const found: Slot[] = JSON.parse(await vm.ask('keelson', 'slot', 'list', '--json'));
  return found.sort((a, b) => a.slot.localeCompare(b.slot));
}

/** Waits until the machine has another boot id than that, and has come to rest. */
async function waitForNextBoot(vm: BootedVm, bootId: string): Promise<void> {
  const end = Date.now() + (await deadline(180));
  for (;;) {
    const now = await vm.ask('cat', '/proc/sys/kernel/random/boot_id').catch(() => bootId);
    if (now !== bootId) break;
    assert.ok(
      Date.now() < end,
      `no other boot; the console ends with\n${(await vm.power.console()).slice(-3000)}`,
    );
    await sleep(1000);
  }
  await vm.waitUntilUp();
}

test('kexec into the other slot, which is blessed then', { timeout: testTimeout(2) }, async () => {
  const folder = await temporaryFolder();
  try {
    await releaseOf(await provideImage(), join(folder, 'first'));
    const rootHash = await otherVersionOf(join(folder, 'first'), '99.0.0', join(folder, 'second'));
    await using server = await serveFolder(folder);
    await using vm = await bootVm({
      firmware: 'ovmf',
      diskBytes: 5 * 1024 ** 3,
      network: { services: server.services },
    });
    await fetchRelease(vm, `${server.url}/second`, '/var/tmp/release');
    await vm.exec(['keelson', 'slot', 'write', '-q', '/var/tmp/release'], { deadlineMs: 1_200_000 });
    assert.deepEqual(
      (await slots(vm)).map(({ slot, state, running }) => [slot, state, running]),
      [
        ['A', 'good', true],
        ['B', 'trial', false],
      ],
    );
    const bootId = await vm.ask('cat', '/proc/sys/kernel/random/boot_id');
    // The connection ends with the system that it leads to.
    await vm.exec(['keelson', 'kexec', '--load'], { deadlineMs: 600_000 });
    await vm.exec(['systemctl', 'kexec', '--no-block'], { accept: 'any' }).catch(() => {});
    await waitForNextBoot(vm, bootId);

    assert.match(await vm.ask('cat', '/proc/cmdline'), new RegExp(`usrhash=${rootHash}`));
    assert.equal(await vm.runningSlot(), 'B');
    const end = Date.now() + (await deadline(180));
    for (;;) {
      const [a, b] = await slots(vm);
      // Whatever the loader's variables say of the entry that firmware started: it stays as it is.
      assert.deepEqual([a?.state, a?.running], ['good', false]);
      if (b?.state === 'good') break;
      assert.equal(b?.state, 'trial');
      assert.ok(Date.now() < end, 'B was not blessed');
      await sleep(2000);
    }
    const names = (await vm.ask('ls', '/boot/EFI/Linux')).split('\n');
    assert.ok(names.includes('keelson_99.0.0.efi'), names.join(' '));
    assert.equal(names.filter((name) => name.includes('+')).length, 0, names.join(' '));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
