// An EFI system partition that has no room for another kernel.

import assert from 'node:assert/strict';
import { type BootedVm, deadline } from './booted-vm.ts';
import { releaseInside, slotStatus } from './recorded-update.ts';

/** The release is refused before anything changes; afterwards there is room again. */
export async function refusesFullEsp(vm: BootedVm): Promise<void> {
  const look = async () => ({
    files: await vm.ask(
      'sh',
      '-c',
      "find /boot -type f ! -name fill -printf '%P %s\\n' | sort; sfdisk --dump /dev/vda",
    ),
    status: await slotStatus(vm),
  });
  const before = await look();
  const fill = 'dd if=/dev/zero of=/boot/fill bs=1M count=$(($(df --output=avail -B1M /boot | tail -1) - 8))';
  await vm.exec(['sh', '-ec', `${fill}; sync`], { deadlineMs: await deadline(120) });
  const write = ['keelson', 'slot', 'write', releaseInside];
  const refused = await vm.exec(write, { accept: 'any', deadlineMs: await deadline(180) });
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /needs \d+ bytes where the loader looks; \d+ can be had there/);
  assert.deepEqual(await look(), before);
  await vm.exec(['rm', '/boot/fill']);
}
