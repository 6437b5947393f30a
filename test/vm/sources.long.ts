// Where the image's system finds its cloud-config: maker's partition, config drive, QEMU's firmware configuration,
// SMBIOS, and a URL on the kernel's command line. All of them in two boots of one disk.

import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readPartitionTable } from '../../src/disk/index.ts';
import { run } from '../../src/host/index.ts';
import { copyDisk } from '../../src/sandbox/vm/disks.ts';
import { kernelOfImage } from '../../src/sandbox/vm/kernel-of-image.ts';
import type { Disk } from '../../src/sandbox/vm/model.ts';
import { temporaryFolder } from '../machine/booted.ts';
import { bootVm, testTimeout } from './booted-vm.ts';
import { provideImage } from './image.ts';
import { serveFolder } from './web-server.ts';

/** Writes its name to a file of its own, and to one that all of them want. */
const configOf = (name: string) => `#cloud-config
write_files:
  - {path: /etc/source-${name}, content: ${name}}
  - {path: /etc/source-of-all, content: ${name}}
`;

/** The image with a cloud-config of its maker in the OEM partition. */
async function withMaker(folder: string): Promise<Disk> {
  const disk = await copyDisk({ path: await provideImage(), format: 'raw' }, join(folder, 'disk.raw'));
  const table = await readPartitionTable(disk.path);
  const oem = table.partitions.find(({ name }) => name === 'OEM');
  assert.ok(oem);
  await writeFile(join(folder, 'maker.yml'), configOf('maker'));
  const device = `${disk.path}?offset=${oem.start * table.sectorBytes}`;
  await run('debugfs', ['-w', '-R', `write ${join(folder, 'maker.yml')} cloud-config.yml`, device]);
  return disk;
}

test('every source of a machine is found and applied', { timeout: testTimeout(2) }, async () => {
  const folder = await temporaryFolder();
  try {
    const disk = await withMaker(folder);
    await mkdir(join(folder, 'web'));
    await writeFile(join(folder, 'web/of-url.yml'), configOf('url'));
    await using server = await serveFolder(join(folder, 'web'));
    const { services } = server;
    const kernel = await kernelOfImage(await provideImage(), join(folder, 'kernel'));
    const commandLine = `${kernel.commandLine} cloud-config-url=${server.url}/of-url.yml`;
    {
      await using vm = await bootVm({
        firmware: 'direct',
        kernel: { ...kernel, commandLine },
        disk,
        network: { services },
        firmwareConfig: { 'opt/keelson/cloud-config': configOf('fw-cfg') },
        credentials: { 'keelson.cloud-config': configOf('smbios') },
      });
      assert.equal(await vm.ask('systemctl', '--failed', '--no-legend', '--plain'), '');
      // The config drive is how every machine of these tests gets its name and its key.
      assert.equal(await vm.ask('hostname'), 'vm');
      const found = await vm.ask('sh', '-c', 'cd /etc && ls -d source-*');
      // Of the two that the host gives to firmware the first one is taken.
      assert.deepEqual(found.split('\n'), ['source-fw-cfg', 'source-maker', 'source-of-all', 'source-url']);
      // The later a source comes, the more it counts: the maker's first, the network's last.
      assert.equal(await vm.ask('cat', '/etc/source-of-all'), 'url');
      assert.match(await vm.ask('cat', '/run/coreos-cloudinit/source'), /fw.cfg/);
      assert.match(await vm.ask('findmnt', '-no', 'SOURCE', '/usr/share/oem'), /^\/dev\/vda\d$/);
      await vm.power.powerDown();
    }
    await using vm = await bootVm({
      firmware: 'seabios',
      disk,
      credentials: { 'keelson.cloud-config': configOf('smbios') },
    });
    assert.equal(await vm.ask('cat', '/etc/source-smbios'), 'smbios');
    assert.match(await vm.ask('cat', '/run/coreos-cloudinit/source'), /smbios|credential/);
    await vm.power.powerDown();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
