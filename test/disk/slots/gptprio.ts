// What GRUB's gptprio.next does with a disk, written down from the bytes of a GPT (UEFI 2.10, 5.3) and apart from the
// code that is tested: both copies are checked, a damaged one is made anew, and a try is counted in both.

import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

export interface Marks {
  readonly priority: number;
  readonly tries: number;
  readonly successful: boolean;
}

const sector = 512;

interface Copy {
  readonly header: Buffer;
  readonly entries: Buffer;
}

interface Gpt {
  readonly primary: Copy | undefined;
  readonly backup: Copy | undefined;
}

/** Both copies of the table, each undefined when a checksum of it is wrong. */
export async function readGpt(disk: string): Promise<Gpt> {
  await using file = await open(disk, 'r');
  const { size } = await file.stat();
  const copyAt = async (lba: number): Promise<Copy | undefined> => {
    const header = Buffer.alloc(sector);
    await file.read(header, 0, sector, lba * sector);
    if (header.toString('latin1', 0, 8) !== 'EFI PART') return undefined;
    const bare = Buffer.from(header.subarray(0, header.readUInt32LE(12)));
    bare.writeUInt32LE(0, 16);
    if (crc32(bare) !== header.readUInt32LE(16)) return undefined;
    const entries = Buffer.alloc(header.readUInt32LE(80) * header.readUInt32LE(84));
    await file.read(entries, 0, entries.length, Number(header.readBigUInt64LE(72)) * sector);
    return crc32(entries) === header.readUInt32LE(88) ? { header, entries } : undefined;
  };
  return { primary: await copyAt(1), backup: await copyAt(size / sector - 1) };
}

const place = (copy: Copy, number: number) => (number - 1) * copy.header.readUInt32LE(84) + 48;

/** The marks of a partition in one copy. */
export function marksIn(copy: Copy | undefined, number: number): Marks {
  if (copy === undefined) throw new Error('this copy of the table is damaged');
  const at = place(copy, number);
  const counts = copy.entries.readUInt8(at + 6);
  return {
    priority: counts & 15,
    tries: counts >> 4,
    successful: (copy.entries.readUInt8(at + 7) & 1) === 1,
  };
}

/** Writes marks into both copies. */
export async function setMarks(disk: string, number: number, marks: Marks): Promise<void> {
  const { primary, backup } = await readGpt(disk);
  const from = primary ?? backup;
  if (from === undefined) throw new Error(`${disk} has no table`);
  const entries = Buffer.from(from.entries);
  const at = place(from, number);
  entries.writeUInt8(marks.priority | (marks.tries << 4), at + 6);
  entries.writeUInt8((entries.readUInt8(at + 7) & 0xfe) | (marks.successful ? 1 : 0), at + 7);
  await using file = await open(disk, 'r+');
  const { size } = await file.stat();
  const last = size / sector - 1;
  const sectors = entries.length / sector;
  for (const [own, other, table] of [
    [last, 1, last - sectors],
    [1, last, 2],
  ] as const) {
    const header = Buffer.from(from.header);
    header.writeBigUInt64LE(BigInt(own), 24);
    header.writeBigUInt64LE(BigInt(other), 32);
    header.writeBigUInt64LE(BigInt(table), 72);
    header.writeUInt32LE(crc32(entries), 88);
    header.writeUInt32LE(0, 16);
    header.writeUInt32LE(crc32(header.subarray(0, header.readUInt32LE(12))), 16);
    await file.write(entries, 0, entries.length, table * sector);
    await file.write(header, 0, sector, own * sector);
  }
  await file.sync();
}

/** The number of the partition that boots, its try counted; undefined when none may. */
export async function nextByPriority(disk: string, numbers: readonly number[]): Promise<number | undefined> {
  const { primary, backup } = await readGpt(disk);
  const table = primary ?? backup;
  const eligible = numbers
    .map((number) => ({ number, ...marksIn(table, number) }))
    .filter(({ priority, tries, successful }) => priority > 0 && (successful || tries > 0))
    .sort((a, b) => b.priority - a.priority || a.number - b.number);
  const [first] = eligible;
  if (first === undefined) return undefined;
  const { number, priority, tries, successful } = first;
  if (tries > 0) await setMarks(disk, number, { priority, tries: tries - 1, successful });
  return number;
}
