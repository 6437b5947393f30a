import assert from 'node:assert/strict';
import {
  chmod,
  type FileHandle,
  lstat,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  errnoOf,
  makeDirectory,
  readFileIfExists,
  removeFileIfExists,
  replaceVolatileFile,
  writeFileAtomic,
} from '../../src/host/index.ts';

let directory = '';
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keelson-file-'));
});
after(() => rm(directory, { recursive: true, force: true }));

test('a file is synced under its first name, under its new one, and then its folder is', async (t) => {
  const folder = join(await realpath(directory), 'synced');
  const path = join(folder, 'file');
  await makeDirectory(folder);
  const synced: string[] = [];
  await using some = await open(directory);
  const prototype: FileHandle = Object.getPrototypeOf(some);
  const { sync } = prototype;
  t.mock.method(prototype, 'sync', async function (this: FileHandle) {
    synced.push(await readlink(`/proc/self/fd/${this.fd}`));
    await sync.call(this);
  });
  await writeFileAtomic(path, 'content', { temporary: '.part-' });
  assert.match(synced[0] ?? '', /\/synced\/\.part-/);
  // FAT keeps where a file begins in its folder's entry: the new one is empty until the file is synced again.
  assert.deepEqual(synced.slice(1), [path, folder]);
});

test('writes content with all twelve mode bits, whatever the umask is', async () => {
  const path = join(directory, 'deep', 'er', 'file');
  const old = process.umask(0o077);
  try {
    await writeFileAtomic(path, 'content', { mode: 0o4755 });
  } finally {
    process.umask(old);
  }
  assert.equal(await readFile(path, 'utf8'), 'content');
  assert.equal((await stat(path)).mode & 0o7777, 0o4755);
});

test('setuid survives a change of owner', async () => {
  const path = join(directory, 'owned');
  await writeFileAtomic(path, '', { mode: 0o4711, uid: 65534, gid: 65534 });
  const found = await stat(path);
  assert.deepEqual([found.uid, found.gid, found.mode & 0o7777], [65534, 65534, 0o4711]);
});

test('a link at the path is replaced, its target untouched', async () => {
  const target = join(directory, 'target');
  const link = join(directory, 'link');
  await writeFile(target, 'old');
  await symlink(target, link);
  await writeFileAtomic(link, 'new');
  assert.equal(await readFile(target, 'utf8'), 'old');
  assert.ok((await lstat(link)).isFile());
});

test('a failed write leaves what was there and no temporary file', async () => {
  const path = join(directory, 'folder');
  await writeFileAtomic(join(path, 'inside'), 'kept');
  const earlier = await readdir(directory);
  await assert.rejects(writeFileAtomic(path, 'a file cannot replace a folder'));
  assert.deepEqual(await readdir(directory), earlier);
  assert.equal(await readFile(join(path, 'inside'), 'utf8'), 'kept');
});

test('a missing file reads as undefined and its removal as false; other failures throw', async () => {
  const missing = join(directory, 'missing');
  assert.equal(await readFileIfExists(missing), undefined);
  assert.equal(await removeFileIfExists(missing), false);
  await assert.rejects(readFileIfExists(directory), (error) => errnoOf(error) === 'EISDIR');
  await chmod(directory, 0o700);
});

test('a volatile file is made with its folder, replaced whole, and leaves nothing when that fails', async () => {
  const folder = join(directory, 'volatile', 'deep');
  const path = join(folder, 'a.service');
  replaceVolatileFile(path, 'one');
  replaceVolatileFile(path, 'two');
  assert.equal(await readFile(path, 'utf8'), 'two');
  assert.throws(() => replaceVolatileFile(folder, 'a file cannot replace a folder'));
  assert.deepEqual(await readdir(folder), ['a.service']);
  assert.deepEqual(await readdir(join(directory, 'volatile')), ['deep']);
});

test('a directory is made with what it lies in; made again, nothing happens', async () => {
  const path = join(directory, 'one/two/three');
  await makeDirectory(path, 0o700);
  await makeDirectory(path);
  for (const made of ['one', 'one/two', 'one/two/three'])
    assert.equal((await stat(join(directory, made))).mode & 0o777, 0o700);
});
