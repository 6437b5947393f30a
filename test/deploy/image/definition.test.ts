// A definition with a mistake is refused before anything is built or written.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readImageDefinition } from '../../../src/deploy/image/definition.ts';
import { buildImage } from '../../../src/deploy/index.ts';
import { homeDirectory } from '../../../src/host/index.ts';

const own = join(homeDirectory(), 'image');
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-definition-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A copy of the definition that is shipped, in which one file has other text; without text it is gone. */
async function copy(name: string, file: string, change: (text: string) => string | undefined) {
  const target = join(folder, name);
  await cp(own, target, { recursive: true, verbatimSymlinks: true });
  const text = change(await readFile(join(target, file), 'utf8'));
  if (text === undefined) await rm(join(target, file));
  else await writeFile(join(target, file), text);
  return target;
}

function build(definition: string, version?: string) {
  return buildImage({
    ...{ definition, keelson: '/nonexistent.deb', formats: ['raw'], compression: 'fast' },
    ...{ output: join(folder, 'out'), cache: join(folder, 'cache'), onStep: () => {} },
    ...(version === undefined ? {} : { version }),
  });
}

test('by file, line and column, or by the file that is missing', async () => {
  const size = await copy('size', 'partitions', (text) => text.replace('64M', '64Q'));
  await assert.rejects(build(size), /\/size\/partitions:\d+:15: “64Q” is no size/);
  const driver = await copy('driver', 'initrd-drivers', (text) => `${text}two words\n`);
  await assert.rejects(build(driver), /\/driver\/initrd-drivers:\d+:5: “words” belongs on a line of its own/);
  const gone = await copy('gone', 'command-line', () => undefined);
  await assert.rejects(build(gone), /lacks \S+\/gone\/command-line \(ENOENT\)/);
  const rule = await copy('rule', 'tree/usr/lib/keelson-boot/boot-disk', () => undefined);
  await assert.rejects(build(rule), /lacks \S+\/boot-disk \(ENOENT\)/);
  await assert.rejects(build(join(folder, 'nowhere')), /is no definition of a machine/);
  await assert.rejects(build(own, '1.0+2'), /“1\.0\+2” cannot be the version of an image/);
  assert.equal(existsSync(join(folder, 'out')), false);
  assert.equal(existsSync(join(folder, 'cache')), false);
});

test('another initrd is another key of the cache, another list of packages is not', async () => {
  const hash = async (path: string) => (await readImageDefinition(path)).initrdHash;
  const script = 'initrd/usr/lib/keelson-boot/last-words';
  const initrd = await copy('initrd', script, (text) => `${text}# more\n`);
  const shared = await copy('shared', 'tree/usr/lib/keelson-boot/boot-disk', (text) => `${text}# more\n`);
  const packages = await copy('packages', 'packages', (text) => `${text}\njq\n`);
  assert.equal(await hash(packages), await hash(own));
  assert.notEqual(await hash(initrd), await hash(own));
  assert.notEqual(await hash(shared), await hash(own));
});

test('the initrd is laid out with what it shares with the system', async () => {
  const target = join(folder, 'laid-out');
  await (await readImageDefinition(own)).layOutInitrd(target);
  for (const path of [
    'etc/initrd-release',
    'usr/lib/keelson-boot/await-disk',
    'usr/lib/keelson-boot/boot-disk',
    'usr/lib/udev/rules.d/65-keelson-boot-disk.rules',
    'usr/lib/systemd/system/initrd-fs.target.requires/etc-overlay.service',
  ]) {
    assert.ok(existsSync(join(target, path)), path);
  }
});
