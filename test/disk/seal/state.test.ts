// What keeps /usr from being written to, from mounts as machines have them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMountInfo } from '../../../src/disk/mount-info.ts';
import { isMountedOverItself, sealState } from '../../../src/disk/seal/state.ts';

const root = '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw';
const state = (lines: readonly string[], cmdline = '') =>
  sealState(parseMountInfo(lines.join('\n')), cmdline);
const usr = (options: string, rest: string, id = 40, parent = 22) =>
  `${id} ${parent} ${rest.split(' ')[0]} ${rest.split(' ')[1]} /usr ${options} - ${rest.split(' ').slice(2).join(' ')}`;

const cases: readonly [string, readonly string[], string, string][] = [
  ['a folder of the root', [root], '', 'none'],
  ['nothing is known', [], '', 'none'],
  ['a seal', [root, usr('ro', '8:1 /usr ext4 /dev/sda1 rw')], '', 'mount'],
  ['an open seal', [root, usr('rw', '8:1 /usr ext4 /dev/sda1 rw')], '', 'none'],
  [
    'a partition that fstab mounts read-only',
    [root, usr('ro', '8:2 / ext4 /dev/sda2 ro')],
    '',
    'file-system',
  ],
  ['a root that is read-only', [root.replace(/rw$/, 'ro')], '', 'file-system'],
  ['a slot', [root, usr('ro', '253:0 / squashfs /dev/mapper/usr ro')], 'quiet usrhash=ab', 'verity'],
  ['a mapped /usr without a hash', [root, usr('ro', '253:0 / ext4 /dev/mapper/usr ro')], '', 'file-system'],
  ['a subvolume', [root, usr('ro', '0:30 /@usr btrfs /dev/sda1 rw')], '', 'mount'],
];
for (const [name, lines, cmdline, kind] of cases)
  test(`${name}: ${kind}`, () => assert.equal(state(lines, cmdline).kind, kind));

test('merged extensions are told, and looked through', () => {
  const seal = usr('ro', '8:1 /usr ext4 /dev/sda1 rw');
  const merged = '60 40 0:50 / /usr ro - overlay sysext ro,lowerdir=/x';
  assert.deepEqual(state([root, seal, merged]), { kind: 'mount', writableBelow: [], extended: true });
  assert.equal(state([root, merged.replace(' 40 ', ' 22 ')]).kind, 'none');
});

test('what can be written to below it is named', () => {
  const seal = usr('ro', '8:1 /usr ext4 /dev/sda1 rw');
  const below = (path: string, options: string, id: number) =>
    `${id} 40 8:9 / ${path} ${options} - ext4 /dev/sda9 rw`;
  const lines = [
    root,
    seal,
    below('/usr/src', 'rw', 41),
    below('/usr/a', 'rw', 42),
    below('/usr/b', 'ro', 43),
  ];
  assert.deepEqual(state(lines).writableBelow, ['/usr/a', '/usr/src']);
});

test('a seal is told from a partition and a subvolume', () => {
  const over = (line: string, parent = root) =>
    isMountedOverItself(parseMountInfo(`${parent}\n${line}`), '/usr');
  assert.ok(over(usr('ro', '8:1 /usr ext4 /dev/sda1 rw')));
  assert.ok(!over(usr('ro', '8:2 / ext4 /dev/sda2 rw')));
  const subvolume = '22 1 0:30 /@root / rw - btrfs /dev/sda1 rw';
  assert.ok(!over(usr('ro', '0:30 /@usr btrfs /dev/sda1 rw'), subvolume));
  assert.ok(over(usr('ro', '0:30 /@root/usr btrfs /dev/sda1 rw'), subvolume));
  assert.ok(!over(''));
  const deeper = `${root}\n40 22 8:2 / /usr rw - ext4 /dev/sda2 rw\n41 40 8:2 /local /usr/local rw - ext4 /dev/sda2 rw`;
  assert.ok(isMountedOverItself(parseMountInfo(deeper), '/usr/local'));
});
