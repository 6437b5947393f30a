// A GUID partition table, read and checked. UEFI specification 2.10, chapter 5.

import { diskErrors } from '../errors.ts';
import { crc32 } from './crc32.ts';
import type { ReadBytes } from './device-reader.ts';
import type { DiskTable, TableEntry } from './model.ts';

interface Half {
  readonly alternate: number;
  readonly entryCount: number;
  readonly entryBytes: number;
  readonly entries: readonly TableEntry[];
}

/**
 * The table of a disk of so many sectors, `disk` being its name in errors. A damaged half is made up for by the
 * other one, if that is where sfdisk looks for it; throws `disk.damaged` when both are, or when partitions overlap.
 */
export function readGpt(read: ReadBytes, disk: string, sectorBytes: number, sectors: number): DiskTable {
  const last = sectors - 1;
  const primary = tryHalf(read, 1, sectorBytes, sectors, 'whole');
  // Of a backup that nobody needs the header is enough: checksums are most of what a boot with nothing to do costs.
  const backup = tryHalf(read, last, sectorBytes, sectors, typeof primary === 'string' ? 'whole' : 'header');
  const used = typeof primary === 'string' ? backup : primary;
  if (typeof used === 'string') {
    throw diskErrors.error(
      'damaged',
      `Both halves of the partition table of ${disk} are damaged: ${primary}; ${used}.`,
      { hint: `A copy of the table, if there is one, is put back with: sfdisk ${disk} < FILE` },
    );
  }
  checkOverlap(used.entries, disk);
  const tail = Math.ceil((used.entryCount * used.entryBytes) / sectorBytes);
  return {
    kind: 'gpt',
    sectorBytes,
    entries: used.entries,
    endSector: last - tail,
    linkSectors: [],
    mustWrite: typeof primary === 'string',
    mends: mendsOf(primary, backup, last),
  };
}

function mendsOf(primary: Half | string, backup: Half | string, last: number): readonly string[] {
  if (typeof primary === 'string')
    return [`The first half of the table is damaged (${primary}); the backup is sound.`];
  if (primary.alternate !== last) {
    return [
      `The backup of the table is at sector ${primary.alternate} instead of the disk's last one, ${last}.`,
    ];
  }
  return typeof backup === 'string' ? [`The backup of the table is damaged (${backup}).`] : [];
}

/** One half, from the sector of its header; or what is wrong with it, with the byte where that stands. */
function tryHalf(
  read: ReadBytes,
  sector: number,
  sectorBytes: number,
  sectors: number,
  depth: 'header' | 'whole',
): Half | string {
  const at = sector * sectorBytes;
  const header = read(at, sectorBytes);
  if (header.toString('latin1', 0, 8) !== 'EFI PART') return `no header at byte ${at}`;
  const headerBytes = header.readUInt32LE(12);
  if (headerBytes < 92 || headerBytes > sectorBytes) return `a header of ${headerBytes} bytes at byte ${at}`;
  const summed = Buffer.from(header.subarray(0, headerBytes));
  summed.writeUInt32LE(0, 16);
  if (crc32(summed) !== header.readUInt32LE(16)) return `wrong checksum of the header at byte ${at}`;
  if (number64(header, 24) !== sector) return `the header at byte ${at} is that of another sector`;
  const [first, end] = [number64(header, 40), number64(header, 48) + 1];
  const entryCount = header.readUInt32LE(80);
  const entryBytes = header.readUInt32LE(84);
  if (entryBytes < 128 || entryBytes % 128 !== 0 || entryCount * entryBytes > 1024 * 1024) {
    return `${entryCount} entries of ${entryBytes} bytes in the header at byte ${at}`;
  }
  const entriesAt = number64(header, 72) * sectorBytes;
  if (entriesAt + entryCount * entryBytes > sectors * sectorBytes) {
    return `the header at byte ${at} has its entries beyond the disk's end, at byte ${entriesAt}`;
  }
  const alternate = number64(header, 32);
  if (depth === 'header') return { alternate, entryCount, entryBytes, entries: [] };
  const array = read(entriesAt, entryCount * entryBytes);
  if (crc32(array) !== header.readUInt32LE(88)) return `wrong checksum of the entries at byte ${entriesAt}`;
  const entries: TableEntry[] = [];
  for (let index = 0; index < entryCount; index++) {
    const entry = readEntry(array.subarray(index * entryBytes, (index + 1) * entryBytes), index + 1);
    if (entry === undefined) continue;
    if (entry.start < first || entry.end > end || entry.start >= entry.end || entry.end > sectors) {
      const place = entriesAt + index * entryBytes;
      return `partition ${entry.number}, at byte ${place}, has sectors ${entry.start} to ${entry.end - 1}, which the disk does not have for it`;
    }
    entries.push(entry);
  }
  return { alternate, entryCount, entryBytes, entries };
}

function readEntry(bytes: Buffer, number: number): TableEntry | undefined {
  const type = guidOf(bytes);
  if (/^[0-]+$/.test(type)) return undefined;
  return {
    number,
    level: 'primary',
    start: number64(bytes, 32),
    end: number64(bytes, 40) + 1,
    type,
    label: bytes.toString('utf16le', 56, 128).replace(/\0[\s\S]*$/, ''),
  };
}

/** Throws `disk.damaged` when two partitions of one level share sectors. */
export function checkOverlap(entries: readonly TableEntry[], disk: string): void {
  const sorted = [...entries].sort((a, b) => a.start - b.start);
  for (const [index, entry] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before === undefined || before.end <= entry.start) continue;
    throw diskErrors.error(
      'damaged',
      `Partitions ${before.number} and ${entry.number} of ${disk} overlap: ${before.number} ends before sector ${before.end}, ${entry.number} begins at ${entry.start}.`,
      { hint: 'Nothing is written to such a table. Which of the two is right has to be found out by hand.' },
    );
  }
}

/** A GUID's first three fields are stored with the lowest byte first. */
function guidOf(bytes: Buffer): string {
  const part = (start: number, end: number) => bytes.toString('hex', start, end);
  const turned = (start: number, end: number) =>
    Buffer.from(bytes.subarray(start, end)).reverse().toString('hex');
  return `${turned(0, 4)}-${turned(4, 6)}-${turned(6, 8)}-${part(8, 10)}-${part(10, 16)}`;
}

/** Sectors are counted in 64 bits; no disk has more than a number can hold. */
function number64(bytes: Buffer, offset: number): number {
  return bytes.readUInt32LE(offset + 4) * 2 ** 32 + bytes.readUInt32LE(offset);
}
