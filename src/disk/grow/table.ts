// Which table a disk has, and what it says.

import { diskErrors } from '../errors.ts';
import type { ReadBytes } from './device-reader.ts';
import { dosTypes, readDosTable } from './dos-table.ts';
import { readGpt } from './gpt.ts';
import type { BlockDevice, DiskTable } from './model.ts';

const protective = 0xee;

/**
 * The table of that disk. Throws `disk.damaged` and `disk.unsupported`, with the byte, for one that is better left
 * alone.
 */
export function readTable(read: ReadBytes, { path, bytes, sectorBytes }: BlockDevice): DiskTable {
  const sectors = Math.floor(bytes / sectorBytes);
  const types = dosTypes(read(0, sectorBytes));
  const hasGptHeader = read(sectorBytes, sectorBytes).toString('latin1', 0, 8) === 'EFI PART';
  if (types?.includes(protective) === true) {
    if (types.some((type) => type !== 0 && type !== protective)) {
      throw diskErrors.error(
        'unsupported',
        `${path} has a hybrid MBR: besides the GPT, its first sector (byte 446) names partitions as well, and the two would no longer agree.`,
        { hint: 'gdisk rewrites it: make a protective MBR (x, n, w), then run this again.' },
      );
    }
    return readGpt(read, path, sectorBytes, sectors);
  }
  if (hasGptHeader) {
    throw diskErrors.error(
      'damaged',
      `${path} has a GPT at byte ${sectorBytes}, but the first sector (byte 446) has no protective MBR: another program may take the disk for an empty or an MBR one.`,
      { hint: 'gdisk puts it back (w), if the GPT is the one that counts.' },
    );
  }
  if (types === undefined) {
    throw diskErrors.error(
      'damaged',
      `${path} has partitions, but at byte 510 there is no signature of a table.`,
    );
  }
  return readDosTable(read, path, sectorBytes, sectors);
}
