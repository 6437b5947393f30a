// What a network boot loads: the second initrd's content, and the same bytes each time.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ipxeScript, networkBootFiles, writeNetworkBoot } from '../../../src/deploy/image/network-boot.ts';
import { isInstalled, run } from '../../../src/host/index.ts';

const skip = !isInstalled('cpio') && 'cpio is not installed here';
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-network-boot-'));
  await writeFile(join(folder, 'file'), 'content');
});
after(() => rm(folder, { recursive: true, force: true }));

async function make(name: string): Promise<string> {
  const scratch = join(folder, name);
  await mkdir(scratch);
  const file = join(folder, 'file');
  const output = join(scratch, 'out');
  await writeNetworkBoot({
    ...{ version: '1.2.0', kernel: file, initrd: file, usr: file, commandLine: 'panic=5' },
    ...{ epoch: 1_767_225_600, scratch, output },
  });
  return output;
}

test('the second initrd has a root in memory and /usr from the file, both required', { skip }, async () => {
  const output = await make('one');
  const archive = join(output, networkBootFiles.memory);
  const { stdout } = await run('cpio', ['--extract', '--to-stdout', '--quiet', '--file', archive]);
  assert.match(stdout, /Where=\/sysroot\nType=tmpfs/);
  assert.match(stdout, /What=\/usr\.squashfs\nWhere=\/sysroot\/usr\n/);
  const listed = (await run('cpio', ['--list', '--quiet', '--file', archive])).stdout.split('\n');
  for (const name of ['sysroot.mount', 'sysroot-usr.mount']) {
    assert.ok(listed.includes(`etc/systemd/system/initrd-root-fs.target.requires/${name}`), name);
  }
  const other = await make('another');
  assert.deepEqual(await readFile(archive), await readFile(join(other, networkBootFiles.memory)));
});

test('the script names each file, the image of /usr under the name at which its unit looks', () => {
  const lines = ipxeScript('1.2.0', 'panic=5').split('\n');
  assert.equal(lines[0], '#!ipxe');
  assert.ok(lines.includes('kernel vmlinuz panic=5'));
  assert.ok(lines.includes('initrd usr.squashfs /usr.squashfs'));
});
