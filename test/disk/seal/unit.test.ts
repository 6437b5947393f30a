// The unit of the boot, and what apt is given: as systemd and the shell read them.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseMountInfo } from '../../../src/disk/mount-info.ts';
import { aptConfiguration, aptProgram, aptProgramPath } from '../../../src/disk/seal/open.ts';
import { sealUnit, sealUnitName } from '../../../src/disk/seal/unit.ts';
import { isInstalled, run } from '../../../src/host/index.ts';

const root = '22 1 8:1 / / rw - ext4 /dev/sda1 rw';
const seal = '40 22 8:1 /usr /usr ro - ext4 /dev/sda1 rw';
const local = '41 40 8:1 /usr/local /usr/local rw - ext4 /dev/sda1 rw';
const partition = '40 22 8:2 / /usr rw - ext4 /dev/sda2 rw';
const unit = (lines: readonly string[], writable: readonly string[] = []) =>
  sealUnit(parseMountInfo(lines.join('\n')), { writable });

test('a seal that is there already changes nothing of the unit', () => {
  assert.equal(unit([root, seal, local], ['/usr/local']), unit([root], ['/usr/local']));
  assert.match(unit([root, seal]), /--rbind \/run\/keelson\/seal-usr\/usr \/usr\nExecStart=-/);
});

test('a partition gets no second mount and comes after its own', () => {
  const text = unit([root, partition]);
  assert.match(text, /^After=systemd-remount-fs.service usr.mount$/m);
  assert.deepEqual(text.match(/^Exec.*$/gm), ['ExecStart=/bin/mount -o remount,bind,ro /usr']);
});

test('systemd finds nothing wrong with it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-seal-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  if (!(await isInstalled('systemd-analyze'))) return t.skip('there is no systemd-analyze on this host');
  for (const lines of [[root], [root, partition]]) {
    const path = join(folder, sealUnitName);
    await writeFile(path, unit(lines, ['/usr/local', '/usr/a@b+c']));
    const { stderr } = await run('systemd-analyze', ['verify', '--man=no', path], { accept: 'any' });
    assert.deepEqual(
      stderr.split('\n').filter((line) => line.includes(sealUnitName)),
      [],
    );
  }
});

test('the shell reads the dpkg that apt is given, and apt reads its setting', async (t) => {
  await run('sh', ['-n'], { input: aptProgram });
  const folder = await mkdtemp(join(tmpdir(), 'keelson-seal-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'apt.conf');
  await writeFile(path, aptConfiguration);
  if (!(await isInstalled('apt-config'))) return t.skip('there is no apt-config on this host');
  const { stdout } = await run('apt-config', ['-c', path, 'shell', 'program', 'Dir::Bin::dpkg/f']);
  assert.equal(stdout.trim(), `program='${aptProgramPath}'`);
});
