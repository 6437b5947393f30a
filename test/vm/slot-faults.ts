// A second version that does not come up is left without hands: the machine is back in its old slot when the tries
// of the new one are used up. Each fault is given one try, so that a test is two boots; one of them has all three.

import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { temporaryFolder } from '../machine/booted.ts';
import { bootVm, deadline, testTimeout } from './booted-vm.ts';
import { inRealRoot } from './console-lines.ts';
import { EspImage } from './disk-image.ts';
import { provideImage } from './image.ts';
import { firstRootHash, provideSecondRelease, type SecondRelease } from './second-release.ts';
import { entryPath, withSlotB } from './slot-b.ts';

export interface Fault {
  readonly what: string;
  readonly firmware: 'ovmf' | 'seabios';
  readonly tries: number;
  readonly make: (disk: string) => Promise<void>;
  /** What the console says because of it. */
  readonly seen: RegExp;
}

/** Defines the tests of these faults. */
export function testFaults(faults: readonly Fault[]): void {
  let folder = '';
  let firstHash = '';
  let release: SecondRelease;
  before(
    async () => {
      folder = await temporaryFolder();
      release = await provideSecondRelease(await provideImage());
      firstHash = await firstRootHash(await provideImage());
    },
    { timeout: testTimeout(1) },
  );
  after(() => rm(folder, { recursive: true, force: true }));

  for (const [index, { what, firmware, tries, make, seen }] of faults.entries()) {
    test(`the machine leaves slot B by itself: ${what}`, { timeout: testTimeout(1 + tries) }, async () => {
      const own = join(folder, String(index));
      await mkdir(own);
      const disk = await withSlotB(await provideImage(), release, join(own, 'disk'), tries);
      await make(disk.path);
      {
        await using vm = await bootVm({ disk, firmware, wait: false });
        await vm.power.waitForConsole(inRealRoot(firstHash), {
          timeoutMs: (await deadline(120)) * (tries + 1),
        });
        assert.match(await vm.power.console(), seen);
      }
      const esp = await EspImage.of(disk.path);
      if (firmware === 'seabios') {
        assert.equal((await esp.grubEnvironment(own)).get('tries'), '0');
      } else {
        const used = entryPath(tries).replace(/\+\d/, `+0-${tries}`).slice('EFI/Linux/'.length);
        const names = await esp.names('EFI/Linux');
        assert.ok(
          names.some((name) => name.toLowerCase() === used),
          names.join(' '),
        );
      }
      await rm(own, { recursive: true });
    });
  }
}
