// A release of an extension out of a folder: what is in it, that it is made alike twice, and what is refused.

import assert from 'node:assert/strict';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildExtension, deployErrors, type ExtensionOptions } from '../../../src/deploy/index.ts';
import {
  checkRelease,
  checkTree,
  newKeyPair,
  parsePrivateKey,
  readRelease,
} from '../../../src/disk/index.ts';
import { hashFile, run, runErrors } from '../../../src/host/index.ts';

/** The reason why images cannot be made or read here, or false. */
async function missing(): Promise<string | false> {
  for (const program of ['mksquashfs', 'unsquashfs', 'veritysetup']) {
    const found = await run(program, ['--help'], { accept: 'any' }).catch((error: unknown) => {
      if (runErrors.is(error, 'missing')) return undefined;
      throw error;
    });
    if (found === undefined) return `${program} is not installed`;
  }
  return false;
}
const skip = await missing();
const release = 'usr/lib/extension-release.d/extension-release.tools';

let work = '';
let count = 0;
before(async () => {
  work = await mkdtemp(join(tmpdir(), 'keelson-extension-'));
});
after(() => rm(work, { recursive: true, force: true }));

/** A folder with a program in it. */
async function treeOf(): Promise<string> {
  count += 1;
  const tree = join(work, `tree-${count}`);
  await mkdir(join(tree, 'usr/bin'), { recursive: true });
  await writeFile(join(tree, 'usr/bin/tool'), '#!/bin/sh\necho tool\n');
  await chmod(join(tree, 'usr/bin/tool'), 0o755);
  for (const folder of ['', 'usr', 'usr/bin']) await chmod(join(tree, folder), 0o755);
  return tree;
}

const build = (tree: string, change: Partial<ExtensionOptions> = {}) =>
  buildExtension({
    ...{
      name: 'tools',
      version: '1.2.0',
      architecture: 'amd64',
      tree,
      compression: 'fast',
      epoch: 1_700_000_000,
    },
    output: join(work, `out-${count}`),
    ...change,
  });

async function unpacked(path: string, file: string): Promise<string> {
  return (await run('unsquashfs', ['-cat', join(path, 'usr.squashfs'), file])).stdout;
}

test('a release that is whole, signed, and whose image says what it is', { skip }, async () => {
  const tree = await treeOf();
  const built = await build(tree, { release: { signKey: parsePrivateKey(newKeyPair().privatePem, 'key') } });
  assert.equal(built.path, join(work, `out-${count}`, 'tools_1.2.0.release'));
  const read = await readRelease(built.path);
  const { kind, name, version, uki, usr } = read.manifest;
  assert.deepEqual([kind, name, version, uki], ['extension', 'tools', '1.2.0', undefined]);
  assert.equal(usr.bytes % 4096, 0);
  await checkRelease(read);
  await checkTree(read);
  assert.deepEqual((await readdir(built.path)).sort(), [
    'manifest.json',
    'manifest.json.sig',
    'usr.squashfs',
    'usr.squashfs.chunks',
    'usr.verity',
  ]);
  assert.deepEqual((await unpacked(built.path, release)).split('\n').sort(), [
    '',
    'ARCHITECTURE=x86-64',
    'ID=_any',
    'IMAGE_ID=tools',
    'IMAGE_VERSION=1.2.0',
  ]);
  const { stdout } = await run('unsquashfs', ['-lln', '-d', '', join(built.path, 'usr.squashfs')]);
  assert.match(stdout, /^-rwxr-xr-x 0\/0 .*\/usr\/bin\/tool$/m);
  assert.match(stdout, /^drwxr-xr-x 0\/0 .*\/usr$/m);
  // Nothing is left beside it, and the tree is as it was.
  assert.deepEqual(await readdir(join(work, `out-${count}`)), ['tools_1.2.0.release']);
  assert.deepEqual(await readdir(join(tree, 'usr')), ['bin']);
});

test('the same folder makes the same bytes, and what is there is not made again', { skip }, async () => {
  const tree = await treeOf();
  const first = await build(tree);
  const copy = join(work, 'copied later');
  await cp(tree, copy, { recursive: true });
  const second = await build(copy, { output: join(work, 'second') });
  for (const file of await readdir(first.path)) {
    assert.equal(await hashFile(join(first.path, file)), await hashFile(join(second.path, file)), file);
  }
  await assert.rejects(build(tree), /tools_1\.2\.0\.release is there already/);
});

test('what its own file says stays, and is completed', { skip }, async () => {
  const tree = await treeOf();
  await mkdir(join(tree, 'usr/lib/extension-release.d'), { recursive: true });
  await writeFile(join(tree, release), 'ID=debian\nVERSION_ID="12"\nSYSEXT_SCOPE=system\n');
  const { path } = await build(tree);
  assert.match(
    await unpacked(path, release),
    /^ID=debian\nVERSION_ID=12\nSYSEXT_SCOPE=system\nARCHITECTURE=/,
  );
  await assert.rejects(
    build(tree, { version: '2', id: 'fedora' }),
    /says ID=debian, and fedora was asked for/,
  );
});

test('a tree that no machine should have over its /usr is refused, naming what is in the way', async () => {
  const refused = async (message: RegExp, spoil: (at: (path: string) => string) => Promise<unknown>) => {
    const tree = await treeOf();
    await spoil((path) => join(tree, path));
    await assert.rejects(build(tree), (error) => {
      assert.ok(deployErrors.is(error, 'source'), String(error));
      assert.match(error.message, message);
      return true;
    });
  };
  await refused(/\/etc is not below \/usr/, (at) => mkdir(at('etc')));
  await refused(/is empty: an extension/, (at) => rm(at('usr'), { recursive: true }));
  await refused(/usr\/sbin is no folder, and would hide/, (at) => symlink('bin', at('usr/sbin')));
  await refused(/has the mode 700, and would shut others out/, (at) => mkdir(at('usr/lib'), { mode: 0o700 }));
  await refused(/os-release is there, by which systemd knows/, async (at) => {
    await mkdir(at('usr/lib'));
    await writeFile(at('usr/lib/os-release'), 'ID=x\n');
  });
  await refused(/extension-release\.other is there; the one of this extension is/, async (at) => {
    await mkdir(at('usr/lib/extension-release.d'), { recursive: true });
    await writeFile(at('usr/lib/extension-release.d/extension-release.other'), 'ID=_any\n');
  });
  await refused(/usr\/bin\/pipe is a pipe/, (at) => run('mkfifo', [at('usr/bin/pipe')]));
  await assert.rejects(build(join(work, 'none')), /cannot be read \(ENOENT\)/);
});

test('names, versions and systems that cannot be are refused', async () => {
  const tree = await treeOf();
  for (const name of ['', 'Tools', '../x', 'a/b', '.x', 'x.raw', 'x'.repeat(49)]) {
    await assert.rejects(build(tree, { name }), /cannot be the name of an extension/, name);
  }
  await assert.rejects(build(tree, { version: '1/2' }), /is no version of a release/);
  await assert.rejects(build(tree, { id: 'debian' }), /for debian alone fits no version of it/);
  assert.equal(await readFile(join(tree, 'usr/bin/tool'), 'utf8'), '#!/bin/sh\necho tool\n');
});
