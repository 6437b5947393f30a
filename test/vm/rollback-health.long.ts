// A second version whose /usr is sound and which is of no use all the same: a gate finds it ill, or it hangs. Both in
// the two tries of one machine; afterwards the first version knows what failed.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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

const shortWait = '/etc/systemd/system/boot-complete.target.d/99-short.conf';

/** Finds the second version ill, and lets its next boot wait no longer than a test can. */
const gate = (rootHash: string) => `#!/bin/sh
grep -q usrhash=${rootHash} /proc/cmdline || exit 0
mkdir -p ${dirname(shortWait)}
printf '[Unit]\\nJobTimeoutSec=90s\\n' > ${shortWait}
sync
echo 'second version: ill'
exit 1
`;

/** From then on holds up the second version for good, in a unit that knows no time limit. */
const hangs = (rootHash: string) => `[Unit]
DefaultDependencies=no
ConditionKernelCommandLine=usrhash=${rootHash}
ConditionPathExists=${shortWait}
Before=boot-complete.target
[Service]
Type=oneshot
TimeoutStartSec=infinity
ExecStart=/bin/sleep infinity
`;

test('a version that is ill, and then hangs, is left, and not written again', {
  timeout: testTimeout(5),
}, async () => {
  const image = await provideImage();
  const { folder: release, rootHash } = await provideSecondRelease(image);
  const disk = await withSlotB(image, { folder: release, rootHash }, join(folder, 'disk'), 2);
  const system = '/etc/systemd/system';
  const files = [
    { path: `${system}/hangs.service`, text: hangs(rootHash) },
    { path: `${system}/boot-complete.target.requires/hangs.service`, to: '../hangs.service' },
    {
      path: `${system}/keelson-health.service.d/short.conf`,
      text: '[Service]\nEnvironment=KEELSON_HEALTH_OPTIONS=--wait=10\n',
    },
    { path: '/etc/keelson/health.d/second', text: gate(rootHash), mode: 0o755 },
  ];
  await putIntoRoot(disk.path, files, folder);
  const moreDisks = [await releaseDisk(release, join(folder, 'release.squashfs'))];
  await using vm = await bootVm({ disk, moreDisks, wait: false });
  const firstVersion = inRealRoot(await firstRootHash(image));
  await vm.power.waitForConsole(firstVersion, { timeoutMs: (await deadline(120)) * 4 });
  const console = await vm.power.console();
  assert.match(console, /second version: ill[\s\S]*did not pass[\s\S]*still starting: [^\n]*hangs\.service/);

  await vm.waitUntilUp();
  assert.equal(await vm.runningSlot(), 'A');
  const status = await waitUntilBlessed(vm);
  assert.deepEqual(
    status.slots.map(({ slot, state }) => `${slot} ${state}`),
    ['A good', 'B failed'],
  );
  await mountRelease(vm);
  const again = await vm.exec(['keelson', 'slot', 'write', releaseInside], { accept: 'any' });
  assert.equal(again.status, 3);
  assert.match(again.stderr, new RegExp(`${second.version} was tried on this machine and did not come up`));
});
