// /usr as an image: what is told while it is packed, and that the same tree makes the same bytes.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { placeBootSectors } from '../../../src/deploy/image/boot-sectors.ts';
import { packingProgress } from '../../../src/deploy/image/packing.ts';
import { buildUsrImage } from '../../../src/deploy/image/usr-image.ts';
import { hashFile, isInstalled } from '../../../src/host/index.ts';

const missing = ['mksquashfs', 'veritysetup'].filter((program) => !isInstalled(program));
const skip = missing.length > 0 && `not installed: ${missing.join(', ')}`;

test('packing tells how far it is, all the way, and makes the same bytes twice', { skip }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-usr-image-'));
  try {
    const tree = join(folder, 'tree');
    await mkdir(tree);
    const bytes = randomBytes(200_000);
    for (let count = 0; count < 40; count += 1)
      await writeFile(join(tree, `file ${count}`), bytes.subarray(count));
    await link(join(tree, 'file 0'), join(tree, 'same as 0'));
    const boot = Buffer.alloc(512, 0x90);
    boot.writeUInt16LE(0xaa55, 510);
    const hashes = new Set<string>();
    for (const name of ['one', 'two']) {
      const output = join(folder, name);
      await mkdir(output);
      const told: number[] = [];
      const { usr } = await buildUsrImage({
        tree,
        output,
        compression: 'fast',
        epoch: 1_700_000_000,
        bootSectors: placeBootSectors(boot, Buffer.alloc(3000, 'core')),
        onPercent: (percent) => told.push(percent),
      });
      hashes.add(await hashFile(usr));
      assert.deepEqual(
        told,
        told.toSorted((a, b) => a - b),
      );
      assert.equal(told.at(-1), 100);
      assert.ok(told.length > 30, told.join(' '));
    }
    assert.equal(hashes.size, 1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a line that comes in pieces counts once, a second name of a file not at all', () => {
  const told: number[] = [];
  const take = packingProgress(400, (percent) => told.push(percent));
  for (const piece of [
    'file /a, uncompressed si',
    'ze 100 bytes \nfile /b, uncompressed size 100 bytes LINK\n',
    'file /odd, uncompressed size 300 bytes, uncompressed size 100 bytes DUPLICATE\n',
    'directory / inode 0x1b9\nfile /c, uncompressed size 400 bytes \n',
  ])
    take(piece);
  assert.deepEqual(told, [25, 50, 99]);
});
