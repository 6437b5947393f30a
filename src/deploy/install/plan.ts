// What is written to which place of the disk, and in which order. Decides only.
//
// INVARIANTS
// - First the old tables go: from then on the disk boots nothing.
// - Everything has its place by offset and is on the disk, read back, before there is a table that shows it.
// - The table is next to last; GRUB's boot sector, without which a BIOS starts nothing, is last. UEFI finds the
//   system from the moment when the table is valid, and then the system is whole.

import type { PartitionLabel } from '../../disk/index.ts';
import { deployErrors } from '../errors.ts';
import { biosBoot, type Layout, placeOf } from '../image/layout.ts';
import { sectorBytes } from '../image/model.ts';
import type { DiskWrite, SourcePart } from './model.ts';

const mebibyte = 1024 * 1024;

export interface Range {
  readonly offset: number;
  readonly bytes: number;
}

/** What old tables, arrays and file systems are known by: both ends of the disk, and of what stays empty. */
export function wipedRanges(layout: Layout, diskBytes: number): Range[] {
  const empty: readonly PartitionLabel[] = ['USR-B', 'USR-B-VERITY'];
  return [
    { offset: 0, bytes: mebibyte },
    // The last whole MiB and what is behind it.
    {
      offset: diskBytes - mebibyte - (diskBytes % mebibyte),
      bytes: mebibyte + (diskBytes % mebibyte),
    },
    ...empty.map((label) => ({ offset: placeOf(layout, label).start * sectorBytes, bytes: mebibyte })),
  ];
}

/** What goes into the partitions of a new disk. */
export interface InstallContents {
  readonly usr: SourcePart;
  readonly verity: SourcePart;
  readonly esp: SourcePart;
  readonly oem: SourcePart;
  readonly root: SourcePart;
  /** GRUB's core. */
  readonly core: SourcePart;
}

/** The copies, in their order. Throws `deploy.disk` with the numbers when something does not fit its partition. */
export function copies(layout: Layout, contents: InstallContents): DiskWrite[] {
  const write = (what: string, label: PartitionLabel, source: SourcePart): DiskWrite => {
    const place = label === 'BIOS-BOOT' ? biosBoot : placeOf(layout, label);
    const room = place.sectors * sectorBytes;
    if (source.bytes > room) {
      throw deployErrors.error(
        'disk',
        `${what} has ${Math.ceil(source.bytes / mebibyte)} MiB and does not fit into ${label} ` +
          `of ${Math.floor(room / mebibyte)} MiB. Nothing was written.`,
        { hint: 'Give a --definition whose file `partitions` has more room for it.' },
      );
    }
    return { what, source, offset: place.start * sectorBytes };
  };
  return [
    write('the root', 'ROOT', contents.root),
    write('the maker’s partition', 'OEM', contents.oem),
    write('/usr', 'USR-A', contents.usr),
    write('the hash tree of /usr', 'USR-A-VERITY', contents.verity),
    write('the boot partition', 'EFI-SYSTEM', contents.esp),
    write('the loader for BIOS', 'BIOS-BOOT', contents.core),
  ];
}
