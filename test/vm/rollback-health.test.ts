// A second version whose /usr is sound and which is of no use all the same: it hangs, or a gate finds it ill. Both in
// the two tries of one machine; afterwards the first version knows what failed.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { temporaryFolder } from '../machine/booted.ts';
import { bootVm, deadline, testTimeout } from './booted-vm.ts';
import { inRealRoot } from './console-lines.ts';
import { provideImage } from './image.ts';
import { mountRelease, releaseDisk, releaseInside, waitUntilBlessed } from './recorded-update.ts';
import { putIntoRoot } from './root-files.ts';
import { firstRootHash, provideSecondRelease, second } from './second-release.ts';
import { withSlotB } from './slot-b.ts';

let folder = '';
before(async () => {
  folder = await temporaryFolder();
});
after(() => rm(folder, { recursive: true, force: true }));

/** Holds up the first boot of the second version for good, in a unit that knows no time limit. */
const hangs = (rootHash: string) => `[Unit]
ConditionKernelCommandLine=usrhash=${rootHash}
ConditionPathExists=!/var/has-hung
Before=boot-complete.target
[Service]
Type=oneshot
TimeoutStartSec=infinity
ExecStart=/bin/sh -c 'touch /var/has-hung; sync; sleep infinity'
`;

const gate = (rootHash: string) => `#!/bin/sh
if grep -q usrhash=${rootHash} /proc/cmdline; then echo 'second version: ill'; exit 1; fi
`;

test('a version that hangs, and then is ill, is left, and not written again', {
  timeout: testTimeout(5),
}, async () => {
  const image = await provideImage();
  const { folder: release, rootHash } = await provideSecondRelease(image);
  const disk = await withSlotB(image, { folder: release, rootHash }, join(folder, 'disk'), 2);
  const system = '/etc/systemd/system';
  const files = [
    { path: `${system}/hangs.service`, text: hangs(rootHash) },
    { path: `${system}/boot-complete.target.requires/hangs.service`, to: '../hangs.service' },
    { path: `${system}/boot-complete.target.d/99-short.conf`, text: '[Unit]\nJobTimeoutSec=3min\n' },
    { path: '/etc/keelson/health.d/second', text: gate(rootHash), mode: 0o755 },
  ];
  await putIntoRoot(disk.path, files, folder);
  const moreDisks = [await releaseDisk(release, join(folder, 'release.squashfs'))];
  await using vm = await bootVm({ disk, moreDisks, wait: false });
  const firstVersion = inRealRoot(await firstRootHash(image));
  await vm.power.waitForConsole(firstVersion, { timeoutMs: (await deadline(120)) * 4 });
  const console = await vm.power.console();
  assert.match(console, /still starting: [^\n]*hangs\.service[\s\S]*second version: ill[\s\S]*did not pass/);

  await vm.waitUntilUp();
  assert.equal(await vm.runningSlot(), 'A');
  const status = await waitUntilBlessed(vm);
  assert.deepEqual(
    status.slots.map(({ slot, state }) => `${slot} ${state}`),
    ['A good', 'B failed'],
  );
  await mountRelease(vm);
  const again = await vm.exec(['keelson', 'slot', 'write', releaseInside], { accept: 'any' });
  assert.equal(again.status, 1);
  assert.match(again.stderr, new RegExp(`${second.version} was tried on this machine and did not come up`));
});
