// The headers of a PE file, as firmware reads them to load it: the PE/COFF specification, sections 3 and 4.
// Every number of the file is checked against the file before it is used.

import { diskErrors } from './errors.ts';

export interface PeSection {
  readonly name: string;
  /** Where its bytes begin in the file. */
  readonly offset: number;
  /** How many bytes it has; the file may hold padding behind them. */
  readonly bytes: number;
  /** Where it is loaded, counted from the image's base. */
  readonly virtualAddress: number;
}

export interface PeImage {
  readonly machine: 'x86-64' | 'arm64' | 'other';
  readonly imageBase: bigint;
  /** Sections are loaded at multiples of this. */
  readonly alignment: number;
  /** Where the loaded image ends, counted from its base. */
  readonly imageBytes: number;
  readonly sections: readonly PeSection[];
}

/** Headers of what firmware loads fit in this; more is not read. */
export const peHeaderBytes = 64 * 1024;

const machines: Readonly<Record<number, PeImage['machine']>> = { 34404: 'x86-64', 43620: 'arm64' };
const sectionHeaderBytes = 40;

/**
 * Parses the headers of a PE32+ file: `header` is its beginning (`peHeaderBytes`, or all of a shorter one),
 * `fileBytes` its size. Throws `disk.damaged`, naming `path` and the offset of what is wrong.
 */
export function parsePe(path: string, header: Buffer, fileBytes: number): PeImage {
  const damaged = (offset: number, what: string) =>
    diskErrors.error('damaged', `${path} is damaged at offset ${offset}: ${what}.`);
  const need = (offset: number, bytes: number, what: string) => {
    if (offset + bytes > header.length) throw damaged(offset, `the file ends within ${what}`);
  };
  need(0, 64, 'the DOS header');
  if (header.readUInt16LE(0) !== 0x5a4d) throw damaged(0, 'no PE file (it does not begin with “MZ”)');
  const pe = header.readUInt32LE(0x3c);
  need(pe, 24, 'the PE header');
  if (header.readUInt32LE(pe) !== 0x4550) throw damaged(pe, 'there is no PE header');
  const count = header.readUInt16LE(pe + 6);
  const optionalBytes = header.readUInt16LE(pe + 20);
  const optional = pe + 24;
  need(optional, Math.max(optionalBytes, 112), 'the optional header');
  if (header.readUInt16LE(optional) !== 0x20b) throw damaged(optional, 'no PE32+ image');
  const alignment = header.readUInt32LE(optional + 32);
  if (alignment === 0 || (alignment & (alignment - 1)) !== 0) {
    throw damaged(optional + 32, `${alignment} is no alignment of sections`);
  }
  const imageBytes = header.readUInt32LE(optional + 56);
  const table = optional + optionalBytes;
  need(table, count * sectionHeaderBytes, 'the table of sections');
  const headersEnd = table + count * sectionHeaderBytes;

  const sections: PeSection[] = [];
  let loadedEnd = 0;
  for (let index = 0; index < count; index += 1) {
    const at = table + index * sectionHeaderBytes;
    const name = header.toString('latin1', at, at + 8).replace(/\0.*$/s, '');
    if (!/^[\x21-\x7e]{1,8}$/.test(name)) throw damaged(at, `section ${index + 1} has no name`);
    const loaded = header.readUInt32LE(at + 8);
    const virtualAddress = header.readUInt32LE(at + 12);
    const stored = header.readUInt32LE(at + 16);
    const offset = header.readUInt32LE(at + 20);
    if (sections.some((other) => other.name === name)) throw damaged(at, `a second section ${name}`);
    if (stored > 0 && offset < headersEnd)
      throw damaged(at + 20, `section ${name} begins inside the headers`);
    if (offset + stored > fileBytes) {
      throw damaged(fileBytes, `section ${name} ends at ${offset + stored}, the file ends before`);
    }
    if (virtualAddress < loadedEnd)
      throw damaged(at + 12, `section ${name} is loaded over the one before it`);
    loadedEnd = virtualAddress + loaded;
    if (loadedEnd > imageBytes) {
      throw damaged(at + 8, `section ${name} is loaded beyond the image's ${imageBytes} bytes`);
    }
    sections.push({ name, offset, bytes: Math.min(loaded, stored), virtualAddress });
  }
  return {
    machine: machines[header.readUInt16LE(pe + 4)] ?? 'other',
    imageBase: header.readBigUInt64LE(optional + 24),
    alignment,
    imageBytes,
    sections,
  };
}
