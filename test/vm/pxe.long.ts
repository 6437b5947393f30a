// A machine with an empty disk boots from the network into memory, and installs itself from there.

import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyDisk } from '../../src/sandbox/vm/disks.ts';
import { temporaryFolder } from '../machine/booted.ts';
import { bootVm, GiB, testTimeout } from './booted-vm.ts';
import { provideImage } from './image.ts';
import { fetchRelease, networkBootOf, releaseOf } from './image-parts.ts';
import { serveFolder } from './web-server.ts';

const userData = '#cloud-config\nwrite_files:\n  - {path: /etc/proof, content: installed}\n';

test('from the network into memory, and from there to the disk', { timeout: testTimeout(3) }, async () => {
  const folder = await temporaryFolder();
  try {
    const tftp = join(folder, 'tftp');
    const web = join(folder, 'web');
    await releaseOf(await provideImage(), join(web, 'release'));
    await writeFile(
      join(web, 'of-url.yml'),
      '#cloud-config\nwrite_files:\n  - {path: /etc/of-url, content: it}\n',
    );
    await using server = await serveFolder(web);
    await networkBootOf(
      join(web, 'release'),
      [`cloud-config-url=${server.url}/of-url.yml`],
      join(web, 'pxe'),
    );
    // The little that firmware can: the rest comes over HTTP.
    await mkdir(tftp);
    await writeFile(join(tftp, 'start.ipxe'), `#!ipxe\nchain ${server.url}/pxe/boot.ipxe\n`);
    await writeFile(join(web, 'user-data.yml'), userData);
    const disk = await emptyDisk(join(folder, 'disk.qcow2'), 4 * GiB);
    const { services } = server;

    {
      const network = { services, boot: { folder: tftp, file: 'start.ipxe' } };
      await using vm = await bootVm({ firmware: 'seabios', disk, memoryMiB: 2560, network });
      assert.deepEqual(server.asked.slice(0, 5), [
        '/pxe/boot.ipxe',
        '/pxe/vmlinuz',
        '/pxe/initrd',
        '/pxe/memory.cpio',
        '/pxe/usr.squashfs',
      ]);
      assert.equal(await vm.ask('systemctl', 'is-active', 'fleet.service'), 'active');
      assert.equal(await vm.ask('systemctl', '--failed', '--no-legend', '--plain'), '');
      assert.equal(await vm.ask('findmnt', '--noheadings', '--output', 'FSTYPE', '/'), 'tmpfs');
      assert.match(
        await vm.ask('findmnt', '--noheadings', '--output', 'FSTYPE,OPTIONS', '/usr'),
        /^squashfs\s+ro\b/,
      );
      assert.equal(await vm.ask('cat', '/etc/of-url'), 'it');
      assert.equal(await vm.ask('sfdisk', '--list', '--quiet', '/dev/vda'), '', 'the disk was left alone');

      const install = ['keelson', 'image', 'install', '/dev/vda', '--yes', '--quiet', '--json'];
      const none = await vm.exec(install, { accept: 'any' });
      assert.equal(none.status, 1);
      assert.match(none.stderr, /does not run from a slot that could be copied[\s\S]*--release/);
      await fetchRelease(vm, `${server.url}/release`, '/var/tmp/release');
      await vm.exec(['curl', '-fsS', '-o', '/run/user-data', `${server.url}/user-data.yml`]);
      const given = ['--release', '/var/tmp/release', '--cloud-config', '/run/user-data'];
      const { stdout } = await vm.exec([...install, ...given], { deadlineMs: 1_200_000 });
      assert.equal(JSON.parse(stdout).device, '/dev/vda');
      await vm.power.powerDown();
    }
    for (const firmware of ['ovmf', 'seabios'] as const) {
      await using vm = await bootVm({ firmware, disk });
      assert.equal(await vm.runningSlot(), 'A', firmware);
      assert.equal(await vm.ask('systemctl', 'is-active', 'fleet.service'), 'active');
      assert.equal(await vm.ask('cat', '/etc/proof'), 'installed');
      assert.equal(await vm.ask('findmnt', '--noheadings', '--output', 'FSTYPE', '/'), 'ext4');
      await vm.power.powerDown();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
