// A machine that keeps itself up to date, as one flow: its cloud-config names a server, a group, a key and a strategy,
// and the rest follows by itself. The engine installs what is offered, locksmithd reboots, the gates are asked, the
// server hears how it went. A version that its gate finds ill comes back and is not tried again. One firmware alone:
//
//     node --test --test-name-pattern='under seabios' test/vm/update-engine.long.ts

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { SlotStatus } from '../../src/disk/slots/model.ts';
import { temporaryFolder } from '../machine/booted.ts';
import { type BootedVm, bootVm, deadline, testTimeout } from './booted-vm.ts';
import { inRealRoot } from './console-lines.ts';
import { provideImage } from './image.ts';
import { slotStatus, waitUntilBlessed } from './recorded-update.ts';
import { provideSecondRelease, type SecondRelease, second } from './second-release.ts';
import { serveUpdates, type UpdateServer } from './update-server.ts';

const third = '99.1.0';

/** Asks for an update. The machine may be gone before it says that it is installed. */
async function askForUpdate(vm: BootedVm): Promise<void> {
  await vm
    .exec(['update_engine_client', '-update'], { accept: 'any', deadlineMs: await deadline(300) })
    .catch(() => {});
}

const shown = ({ running, next, slots }: SlotStatus) => [
  `${running} runs, ${next} boots`,
  ...slots.map(({ slot, version, state }) => `${slot} ${version ?? ''} ${state}`),
];

for (const firmware of ['ovmf', 'seabios'] as const) {
  describe(`a machine under ${firmware} that keeps itself up to date`, () => {
    let folder = '';
    let release: SecondRelease;
    let server: UpdateServer;
    let vm: BootedVm;
    let firstVersion = '';

    before(
      async () => {
        folder = await temporaryFolder();
        release = await provideSecondRelease(await provideImage());
        server = await serveUpdates(folder);
        vm = await bootVm({ firmware, ...server.clientOf('reboot') });
        const found = (await waitUntilBlessed(vm)).slots.find(({ slot }) => slot === 'A');
        firstVersion = found?.version ?? '';
      },
      { timeout: testTimeout(3) },
    );
    after(async () => {
      await vm?.[Symbol.asyncDispose]();
      await server?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    test('its cloud-config has started the engine and locksmithd in the first boot', async () => {
      for (const unit of ['update-engine.service', 'locksmithd.service']) {
        assert.equal(await vm.ask('systemctl', 'is-active', unit), 'active');
      }
      assert.equal(await vm.ask('systemctl', '--failed', '--no-legend', '--plain'), '');
      const { stdout } = await vm.exec(['update_engine_client', '-status', '-json']);
      const { detail } = JSON.parse(stdout);
      assert.deepEqual([detail.version, detail.group, detail.runningSlot], [firstVersion, 'edge', 'blessed']);
    });

    test('a second version is installed, tried and blessed without hands', {
      timeout: testTimeout(3),
    }, async () => {
      await server.offer(release.folder);
      const mark = await vm.power.consoleMark();
      await askForUpdate(vm);
      await vm.power.waitForConsole(inRealRoot(release.rootHash), {
        since: mark,
        timeoutMs: await deadline(180),
      });
      await vm.waitUntilUp();
      assert.equal(await vm.runningSlot(), 'B');
      assert.deepEqual(shown(await waitUntilBlessed(vm)), [
        'B runs, B boots',
        // GRUB's environment has room for one good slot.
        `A ${firstVersion} ${firmware === 'seabios' ? 'set-aside' : 'good'}`,
        `B ${second.version} good`,
      ]);
      await server.hears('3/2');
      const heard = await server.heard();
      const story = ['13/1', '14/1', '3/1', '3/2'];
      assert.deepEqual(
        heard.filter((event) => story.includes(event)),
        story,
      );
      assert.equal(await vm.ask('sh', '-c', 'ls /run/reboot-required 2>/dev/null || echo none'), 'none');
    });

    test('a third version that is ill comes back by itself, and is not tried again', {
      timeout: testTimeout(6),
    }, async () => {
      const bad = await provideSecondRelease(await provideImage(), third);
      const { rootHash } = bad;
      const gate = `#!/bin/sh\\nif grep -q usrhash=${rootHash} /proc/cmdline; then echo third version: ill; exit 1; fi\\n`;
      const script = `set -e
mkdir -p /etc/keelson/health.d /etc/systemd/system/keelson-health.service.d
printf '${gate}' >/etc/keelson/health.d/third
chmod +x /etc/keelson/health.d/third
printf '[Service]\\nEnvironment=KEELSON_HEALTH_OPTIONS=--wait=10\\n' >/etc/systemd/system/keelson-health.service.d/short.conf
sync`;
      await vm.exec(['sh', '-c', script]);
      await server.offer(bad.folder);
      const mark = await vm.power.consoleMark();
      await askForUpdate(vm);
      await vm.power.waitForConsole(inRealRoot(rootHash), { since: mark, timeoutMs: await deadline(180) });
      const ill = await vm.power.consoleMark();
      await vm.power.waitForConsole(inRealRoot(release.rootHash), {
        since: ill,
        timeoutMs: (await deadline(120)) * 4,
      });
      await vm.waitUntilUp();
      assert.equal(await vm.runningSlot(), 'B');
      assert.match(await vm.power.console(), /third version: ill/);
      await server.hears('3/0 44');
      const was = ['B runs, B boots', `A ${third} failed`, `B ${second.version} good`];
      assert.deepEqual(shown(await waitUntilBlessed(vm)), was);

      await askForUpdate(vm);
      const { stdout } = await vm.exec(['update_engine_client', '-status', '-json']);
      const { detail } = JSON.parse(stdout);
      assert.equal(detail.lastCode, 35, detail.reason);
      assert.match(detail.reason, new RegExp(`Version ${third} is offered, which failed here`));
      assert.deepEqual(
        detail.failedVersions.map(({ version }: { version: string }) => version),
        [third],
      );
      assert.deepEqual(shown(await slotStatus(vm)), was);
    });
  });
}
