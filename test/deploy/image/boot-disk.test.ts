// The program that tells udev which disk was booted, run on image files, with a kernel command line of the test's.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { homeDirectory, run } from '../../../src/host/index.ts';

const program = join(homeDirectory(), 'image/tree/usr/lib/keelson-boot/boot-disk');
const hash = `${'0123456789abcdef'.repeat(2)}${'f'.repeat(32)}`;
const half = '01234567-89AB-CDEF-0123-456789ABCDEF';
const other = '76543210-89AB-CDEF-0123-456789ABCDEF';
const esps = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
const skip = process.getuid?.() !== 0 && 'needs root: it mounts a command line over that of the kernel';
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-boot-disk-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A disk with an ESP and two slots of these UUIDs. */
async function disk(name: string, esp: string, a: string, b: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, '');
  await truncate(path, 8 * 1024 * 1024);
  const lines = [
    `size=1M, uuid=${esp}, name="EFI-SYSTEM"`,
    `size=1M, uuid=${a}, name="USR-A"`,
    `size=1M, uuid=${b}, name="USR-B"`,
    'size=1M, name="ROOT"',
  ];
  await run('sfdisk', ['--quiet', path], { input: `label: gpt\n${lines.join('\n')}\n` });
  return path;
}

/** What the program prints for these disks, one after the other in one boot. */
async function booted(cmdline: string, ...disks: readonly string[]): Promise<string[]> {
  const words = join(folder, 'cmdline');
  const runtime = join(folder, 'run');
  await writeFile(words, `${cmdline}\n`);
  await rm(runtime, { recursive: true, force: true });
  await mkdir(runtime);
  // In a mount namespace of its own: neither the kernel's words nor /run of this host change.
  // The firmware of this host may name a loader of its own.
  const script = `if [ -d /sys/firmware/efi ]; then mount -t tmpfs none /sys/firmware/efi; fi &&
    mount --bind "$1" /proc/cmdline && { : >>"$2/kmsg"; mount --bind "$2/kmsg" /dev/kmsg; } &&
    mount --bind "$2" /run && shift 2 &&
    for disk; do sh "$0" "$disk"; echo --; done`;
  const argv = ['--mount', '--propagation', 'private', 'sh', '-c', script, program, words, runtime, ...disks];
  const { stdout } = await run('unshare', argv);
  return stdout
    .split('--\n')
    .slice(0, -1)
    .map((text) => text.trim().replaceAll('\n', ' '));
}

const free = '33333333-3333-4333-8333-333333333333';
const onA = 'KEELSON_BOOT_DISK=1 KEELSON_SLOT=A';
const onB = 'KEELSON_BOOT_DISK=1 KEELSON_SLOT=B';

test('the disk that carries the slot, and which slot that is', { skip }, async () => {
  const a = await disk('a', esps[0] ?? '', half, other);
  const b = await disk('b', esps[1] ?? '', free, half);
  const none = await disk('none', esps[1] ?? '', other, free);
  assert.deepEqual(await booted(`quiet usrhash=${hash} rw`, none, a), ['', onA]);
  assert.deepEqual(await booted(`usrhash=${hash}`, none, b), ['', onB]);
  assert.deepEqual(await booted(`usrhash=${hash}`, join(folder, 'no-such-disk')), ['']);
});

test('of two with the same slot the one whose boot partition was read', { skip }, async () => {
  const one = await disk('one', esps[0] ?? '', half, other);
  const two = await disk('two', esps[1] ?? '', half, other);
  const words = `usrhash=${hash} keelson.esp=${esps[1]}`;
  assert.deepEqual(await booted(words, one, two), ['', onA]);
  assert.deepEqual(await booted(words, two, one), [onA, '']);
});

test('of two that are alike the first one, for the whole boot', { skip }, async () => {
  const one = await disk('one', esps[0] ?? '', half, other);
  const two = await disk('two', esps[0] ?? '', half, other);
  assert.deepEqual(await booted(`usrhash=${hash}`, one, two, one), [onA, '', onA]);
  const told = await readFile(join(folder, 'run/kmsg'), 'utf8');
  assert.ok(
    told.includes(`${two} carries the running slot like ${one}, which stays the disk of this boot`),
    told,
  );
});

test('a machine that was not booted from a slot has no such disk', { skip }, async () => {
  const one = await disk('one', esps[0] ?? '', half, other);
  for (const words of ['quiet', 'usrhash=', `usrhash=${hash.slice(1)}`, `x.usrhash=${hash}`]) {
    assert.deepEqual(await booted(words, one), [''], words);
  }
});
