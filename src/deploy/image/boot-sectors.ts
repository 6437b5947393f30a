// What a BIOS starts: GRUB's boot sector, and its core behind the partition table. GRUB's own installer writes to
// a device that it looks at through the kernel; an image is a file, so the two are placed here.
// Offsets: grub-core/boot/i386/pc/boot.S and diskboot.S, include/grub/i386/pc/boot.h.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../host/index.ts';
import { deployErrors } from '../errors.ts';
import { biosBoot } from './layout.ts';
import { sectorBytes } from './model.ts';

/** Where grub-pc-bin puts its parts. */
export const grubFolder = '/usr/lib/grub/i386-pc';

/** All that the configuration of `disk` uses. */
const modules = [
  ...['biosdisk', 'part_gpt', 'fat', 'normal', 'linux', 'configfile', 'test', 'loadenv', 'echo', 'minicmd'],
  ...['serial', 'terminal', 'reboot', 'sleep', 'probe'],
];

/** Behind this many bytes of the boot sector come a serial number of the disk and the table of an MBR. */
const bootCodeBytes = 440;
const kernelSectorAt = 0x5c;
const blockListAt = { start: 0x1f4, sectors: 0x1fc, segment: 0x1fe };
/** Where the second sector of the core is loaded, in units of 16 bytes. */
const coreSegment = 0x820;

/** Where a system of ours has both, for installing itself to other disks; see `buildUsrImage`. */
export const bootSectorFiles = {
  folder: '/usr/lib/keelson-boot/bios',
  boot: 'boot.img',
  core: 'core.img',
} as const;

export interface BootSectors {
  /** The first 440 bytes of the disk. */
  readonly boot: Buffer;
  /** Whole sectors, for the partition BIOS-BOOT. */
  readonly core: Buffer;
}

/**
 * Makes both with grub-mkimage. The configuration is looked for on the disk that the BIOS started, in the partition
 * of this number, which is the ESP: never on another disk, whatever it carries.
 */
export async function buildBootSectors(scratch: string, espNumber: number): Promise<BootSectors> {
  const core = join(scratch, 'core.img');
  const prefix = `(,gpt${espNumber})/keelson/grub`;
  const args = ['--directory', grubFolder, '--format', 'i386-pc', '--prefix', prefix];
  await run('grub-mkimage', [...args, '--output', core, ...modules]);
  return placeBootSectors(await readFile(join(grubFolder, 'boot.img')), await readFile(core));
}

/** Writes into both parts where the core is. Throws `deploy.damaged` for parts that are none of GRUB's. */
export function placeBootSectors(bootImage: Buffer, coreImage: Buffer): BootSectors {
  if (bootImage.length !== sectorBytes || bootImage.readUInt16LE(510) !== 0xaa55) {
    throw deployErrors.error('damaged', `GRUB's boot.img is no boot sector (${bootImage.length} bytes).`);
  }
  const sectors = Math.ceil(coreImage.length / sectorBytes);
  if (sectors < 2 || sectors > biosBoot.sectors) {
    throw deployErrors.error(
      'damaged',
      `GRUB's core has ${sectors} sectors; there is room for ${biosBoot.sectors}.`,
    );
  }
  const boot = Buffer.from(bootImage.subarray(0, bootCodeBytes));
  boot.writeBigUInt64LE(BigInt(biosBoot.start), kernelSectorAt);
  const core = Buffer.alloc(sectors * sectorBytes);
  coreImage.copy(core);
  core.writeBigUInt64LE(BigInt(biosBoot.start + 1), blockListAt.start);
  core.writeUInt16LE(sectors - 1, blockListAt.sectors);
  core.writeUInt16LE(coreSegment, blockListAt.segment);
  return { boot, core };
}
