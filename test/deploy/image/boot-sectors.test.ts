// GRUB's boot sector and core, patched as its own installer does.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeBootSectors } from '../../../src/deploy/image/boot-sectors.ts';

function bootImage(): Buffer {
  const image = Buffer.alloc(512, 0x90);
  image.writeUInt16LE(0xaa55, 510);
  return image;
}

test('the boot sector says where the core begins, the core where the rest of it is', () => {
  const { boot, core } = placeBootSectors(bootImage(), Buffer.alloc(5 * 512 - 7, 1));
  assert.equal(boot.length, 440, 'the table of the MBR is not touched');
  assert.equal(boot.readBigUInt64LE(0x5c), 40n);
  assert.equal(core.length, 5 * 512, 'whole sectors');
  assert.equal(core.readBigUInt64LE(0x1f4), 41n);
  assert.equal(core.readUInt16LE(0x1fc), 4);
  assert.equal(core.readUInt16LE(0x1fe), 0x820);
  assert.deepEqual(core.subarray(5 * 512 - 7), Buffer.alloc(7), 'filled with zeros');
});

test('what is no boot sector, or a core that is too large for its place, is refused', () => {
  assert.throws(() => placeBootSectors(Buffer.alloc(512), Buffer.alloc(2048)), /boot\.img is no boot sector/);
  assert.throws(() => placeBootSectors(bootImage().subarray(1), Buffer.alloc(2048)), /no boot sector \(511/);
  const tooLarge = Buffer.alloc(2009 * 512);
  assert.throws(() => placeBootSectors(bootImage(), tooLarge), /2009 sectors; there is room for 2008/);
});
