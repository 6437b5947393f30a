// keelson install where /usr is read-only.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/host/index.ts';

const notRoot = process.getuid?.() !== 0 && 'mounts need root';

test('says that /usr is read-only, and writes nothing', { skip: notRoot }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-install-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const entry = resolve(import.meta.dirname, '../../src/keelson.ts');
  const script = `mount -t tmpfs none "$1" && mkdir "$1/usr" && mount --bind -o ro "$1/usr" "$1/usr" || exit 99
    "$2" "$3" install --root "$1"; status=$?
    ls -A "$1"; exit $status`;
  const argv = ['--mount', 'sh', '-c', script, 'sh', folder, process.execPath, entry];
  const { status, stdout, stderr } = await run('unshare', argv, { accept: 'any' });
  assert.deepEqual([status, stdout], [1, 'usr\n'], stderr);
  assert.match(stderr, /usr is read-only.*\n.*keelson seal-usr open -- keelson install/);
});
