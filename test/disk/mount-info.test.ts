// mountinfo as kernels write it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isReadOnly, mountAt, mountOf, parseMountInfo } from '../../src/disk/mount-info.ts';

const debian = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
23 22 0:20 / /proc rw,nosuid,nodev,noexec shared:12 - proc proc rw
40 22 8:1 /usr /usr ro,relatime shared:30 - ext4 /dev/sda1 rw,errors=remount-ro
41 40 8:9 / /usr/local rw,relatime shared:31 master:2 - ext4 /dev/sda9 rw
50 22 0:44 / /mnt/a\\040b\\134c rw - tmpfs none rw
not a mount
`;

test('fields, also escaped ones and any number of optional ones', () => {
  const mounts = parseMountInfo(debian);
  assert.equal(mounts.length, 5);
  assert.deepEqual(mounts[2], {
    id: 40,
    parent: 22,
    device: '8:1',
    root: '/usr',
    mountPoint: '/usr',
    options: ['ro', 'relatime'],
    type: 'ext4',
    source: '/dev/sda1',
    superOptions: ['rw', 'errors=remount-ro'],
  });
  assert.equal(mounts[4]?.mountPoint, '/mnt/a b\\c');
});

test('the mount at a path, and the mount that a path is on', () => {
  const mounts = parseMountInfo(debian);
  assert.equal(mountAt(mounts, '/usr/share'), undefined);
  assert.equal(mountOf(mounts, '/usr/share/doc')?.id, 40);
  assert.equal(mountOf(mounts, '/usr/local/bin')?.id, 41);
  assert.equal(mountOf(mounts, '/usrx')?.id, 22);
  assert.equal(mountOf([], '/usr'), undefined);
});

test('of several mounts at one path the one that covers the others, whatever the order', () => {
  const below = '60 22 8:1 /usr /usr rw - ext4 /dev/sda1 rw';
  const above = '61 60 8:1 /usr /usr ro - ext4 /dev/sda1 rw';
  for (const text of [`${below}\n${above}`, `${above}\n${below}`])
    assert.equal(mountAt(parseMountInfo(text), '/usr')?.id, 61);
});

test('read-only by the mount or by the file system', () => {
  const [root, , usr] = parseMountInfo(debian);
  assert.ok(root !== undefined && usr !== undefined);
  assert.deepEqual([isReadOnly(root), isReadOnly(usr)], [false, true]);
  assert.ok(isReadOnly({ ...root, superOptions: ['ro'] }));
});

test("this kernel's own", () => {
  const mounts = parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  assert.equal(mountOf(mounts, '/proc/self/mountinfo')?.type, 'proc');
});
