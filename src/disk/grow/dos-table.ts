// An MBR partition table, read and checked: four primary partitions, one of which may hold a chain of logical ones.

import { diskErrors } from '../errors.ts';
import type { ReadBytes } from './device-reader.ts';
import { checkOverlap } from './gpt.ts';
import type { DiskTable, TableEntry } from './model.ts';

const tableOffset = 446;
const slotBytes = 16;
const extendedTypes = [0x05, 0x0f, 0x85];
/** The kernel gives up on a chain of logical partitions after as many. */
const maxLogical = 256;

/** Sectors are counted in 32 bits. */
export const dosMaxSectors = 2 ** 32 - 1;

interface Slot {
  readonly type: number;
  readonly start: number;
  readonly sectors: number;
}

/** The types of the four slots of the first sector, or undefined when it bears no table. */
export function dosTypes(firstSector: Buffer): readonly number[] | undefined {
  if (firstSector.readUInt16LE(510) !== 0xaa55) return undefined;
  return slotsOf(firstSector).map(({ type }) => type);
}

/**
 * The table of a disk of so many sectors, `disk` being its name in errors. Throws `disk.damaged` for partitions
 * that overlap or lie beyond the disk's end, and for a broken chain.
 */
export function readDosTable(read: ReadBytes, disk: string, sectorBytes: number, sectors: number): DiskTable {
  const first = read(0, sectorBytes);
  for (let index = 0; index < 4; index++) {
    const at = tableOffset + index * slotBytes;
    const flag = first.readUInt8(at);
    if (flag !== 0 && flag !== 0x80) {
      throw damaged(
        `The partition table of ${disk} is damaged: byte ${at} is ${flag}, which is no boot flag.`,
      );
    }
  }
  const primaries: TableEntry[] = [];
  for (const [index, { type, start, sectors: size }] of slotsOf(first).entries()) {
    if (type === 0 || size === 0) continue;
    const level = extendedTypes.includes(type) ? 'extended' : 'primary';
    primaries.push({ number: index + 1, level, start, end: start + size });
  }
  checkInside(primaries, sectors, disk);
  checkOverlap(primaries, disk);
  const extended = primaries.filter(({ level }) => level === 'extended');
  const chain =
    extended[0] === undefined ? { logical: [], links: [] } : readChain(read, disk, sectorBytes, extended[0]);
  checkOverlap(chain.logical, disk);
  return {
    kind: 'dos',
    sectorBytes,
    entries: [...primaries, ...chain.logical],
    endSector: Math.min(sectors, dosMaxSectors),
    linkSectors: chain.links,
    mustWrite: false,
    mends: [],
  };
}

/** The logical partitions: each link of the chain describes one, and where the next link is. */
function readChain(read: ReadBytes, disk: string, sectorBytes: number, extended: TableEntry) {
  const logical: TableEntry[] = [];
  const links: number[] = [];
  let link: number | undefined = extended.start;
  while (link !== undefined) {
    const at: number = link * sectorBytes;
    if (links.includes(link) || links.length > maxLogical) {
      throw damaged(`The chain of logical partitions of ${disk} bites its tail at byte ${at}.`);
    }
    if (link < extended.start || link >= extended.end) {
      throw damaged(
        `The chain of logical partitions of ${disk} leads out of partition ${extended.number}, to byte ${at}.`,
      );
    }
    const sector = read(at, sectorBytes);
    if (sector.readUInt16LE(510) !== 0xaa55) {
      throw damaged(
        `The chain of logical partitions of ${disk} is broken at byte ${at}: no signature there.`,
      );
    }
    links.push(link);
    const [own, next] = slotsOf(sector);
    if (own !== undefined && own.type !== 0 && own.sectors > 0) {
      const start: number = link + own.start;
      const entry = {
        number: 5 + logical.length,
        level: 'logical' as const,
        start,
        end: start + own.sectors,
      };
      if (entry.end > extended.end) {
        throw damaged(
          `Partition ${entry.number} of ${disk}, at byte ${at + tableOffset}, ends beyond partition ${extended.number}.`,
        );
      }
      logical.push(entry);
    }
    const hasNext = next !== undefined && extendedTypes.includes(next.type) && next.sectors > 0;
    link = hasNext ? extended.start + next.start : undefined;
  }
  return { logical, links };
}

function checkInside(entries: readonly TableEntry[], sectors: number, disk: string): void {
  const outside = entries.find(({ end }) => end > sectors);
  if (outside === undefined) return;
  const at = tableOffset + (outside.number - 1) * slotBytes;
  throw damaged(
    `Partition ${outside.number} of ${disk}, at byte ${at}, ends before sector ${outside.end}, but the disk has only ${sectors}.`,
  );
}

function slotsOf(sector: Buffer): readonly Slot[] {
  return [0, 1, 2, 3].map((index) => {
    const at = tableOffset + index * slotBytes;
    return {
      type: sector.readUInt8(at + 4),
      start: sector.readUInt32LE(at + 8),
      sectors: sector.readUInt32LE(at + 12),
    };
  });
}

const damaged = (message: string) =>
  diskErrors.error('damaged', message, { hint: 'Nothing is written to such a table.' });
