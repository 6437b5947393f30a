// An ESP that is full: refused before anything changes; full in the middle, the machine keeps what it runs.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../../src/host/index.ts';
import { stubPath } from '../stub.ts';
import { makeRelease } from './release.ts';

const stub = await stubPath();
const skip =
  (process.getuid?.() !== 0 && 'a mount namespace is for root') ||
  (stub === undefined && 'systemd’s EFI stub is not installed (apt-get install systemd-boot-efi)');

test('no room for the kernel', { skip }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-esp-'));
  try {
    for (const version of ['2', '3'])
      await makeRelease(stub ?? '', join(folder, 'releases', version), version);
    await mkdir(join(folder, 'machine/esp'), { recursive: true });
    // The mount goes with the namespace, whatever happens.
    const script = 'mount -t tmpfs -o size=2m tmpfs "$1/esp" && exec "$2" "$3" "$1" "$4"';
    const life = join(import.meta.dirname, 'esp-full.ts');
    const args = ['sh', join(folder, 'machine'), process.execPath, life, join(folder, 'releases')];
    await run('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script, ...args], {
      deadlineMs: 300_000,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
