// A unified kernel image: kernel, initrd, command line and os-release in one file that firmware starts.
// https://uapi-group.org/specifications/specs/unified_kernel_image/

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errnoOf, run, runErrors, syncDirectory } from '../host/index.ts';
import { diskErrors } from './errors.ts';
import { type PeImage, type PeSection, parsePe, peHeaderBytes } from './pe.ts';

/** Sections that a UKI of ours may carry; the first three and `.linux` it must. */
export const ukiSections = ['.osrel', '.cmdline', '.initrd', '.linux', '.uname'] as const;
export type UkiSectionName = (typeof ukiSections)[number];

export interface Uki {
  readonly path: string;
  readonly bytes: number;
  readonly machine: PeImage['machine'];
  readonly sections: ReadonlyMap<string, PeSection>;
  /** The command line, without the white space and NUL at its end. */
  readonly cmdline: string;
  /** The os-release of what it starts, by key, unquoted. */
  readonly osRelease: ReadonlyMap<string, string>;
}

export interface UkiParts {
  /** systemd's stub (`linuxx64.efi.stub`). */
  readonly stub: string;
  /** Text of the os-release. */
  readonly osRelease: string;
  readonly cmdline: string;
  /** Paths. */
  readonly linux: string;
  readonly initrd: string;
  /** What `uname -r` prints under this kernel. */
  readonly uname?: string;
  /** The path to write; replaced whole. */
  readonly output: string;
}

// Command line and os-release are read into memory; no real one is near this.
const longestText = 64 * 1024;
// Counted from the PE header.
const timestampOffset = 8;
const checksumOffset = 24 + 64;

/**
 * Reads the headers and the texts of a UKI, and checks that all its sections are inside the file and that it
 * carries a kernel, an initrd, a command line and an os-release.
 * Throws `disk.damaged` with path and offset, `disk.absent` when there is no such file.
 */
export async function readUki(path: string): Promise<Uki> {
  const file = await openExisting(path);
  try {
    const { size } = await file.stat();
    const header = Buffer.alloc(Math.min(peHeaderBytes, size));
    await file.read(header, 0, header.length, 0);
    const { machine, sections } = parsePe(path, header, size);
    const byName = new Map(sections.map((section) => [section.name, section]));
    const text = async (name: UkiSectionName): Promise<string> => {
      const { offset, bytes } = required(path, byName, name, size);
      if (bytes > longestText) {
        throw diskErrors.error(
          'damaged',
          `${path} is damaged at offset ${offset}: ${name} has ${bytes} bytes.`,
        );
      }
      const content = Buffer.alloc(bytes);
      await file.read(content, 0, bytes, offset);
      return content.toString('utf8').replace(/[\0\s]+$/, '');
    };
    required(path, byName, '.initrd', size);
    const linux = required(path, byName, '.linux', size);
    const magic = Buffer.alloc(2);
    await file.read(magic, 0, 2, linux.offset);
    if (magic.toString('latin1') !== 'MZ') {
      throw diskErrors.error(
        'damaged',
        `${path} is damaged at offset ${linux.offset}: .linux is no kernel with an EFI stub.`,
      );
    }
    const cmdline = (await text('.cmdline')).replaceAll('\n', ' ').trim();
    const osRelease = parseOsRelease(await text('.osrel'));
    return { path, bytes: size, machine, sections: byName, cmdline, osRelease };
  } finally {
    await file.close();
  }
}

/**
 * Whether systemd-boot would list this file: its headers and the two texts that it reads are there, whatever the
 * rest is like. What it lists and firmware cannot load is worse than what it does not list.
 */
export async function isListedUki(path: string): Promise<boolean> {
  const file = await openExisting(path);
  try {
    const { size } = await file.stat();
    const header = Buffer.alloc(Math.min(peHeaderBytes, size));
    await file.read(header, 0, header.length, 0);
    const { sections } = parsePe(path, header, Number.POSITIVE_INFINITY);
    return ['.osrel', '.cmdline'].every((name) =>
      sections.some((section) => section.name === name && section.offset + section.bytes <= size),
    );
  } catch (error) {
    if (!diskErrors.is(error, 'damaged')) throw error;
    return false;
  } finally {
    await file.close();
  }
}

async function openExisting(path: string) {
  try {
    return await open(path, 'r');
  } catch (cause) {
    if (errnoOf(cause) !== 'ENOENT') throw cause;
    throw diskErrors.error('absent', `There is no file ${path}.`, { cause });
  }
}

function required(
  path: string,
  sections: ReadonlyMap<string, PeSection>,
  name: UkiSectionName,
  fileBytes: number,
): PeSection {
  const section = sections.get(name);
  if (section !== undefined && section.bytes > 0) return section;
  const where = section === undefined ? `ends at ${fileBytes} without a section` : 'has an empty section';
  throw diskErrors.error('damaged', `${path} is no whole UKI: it ${where} ${name}.`);
}

/** The value of a word of the UKI's command line (`usrhash=`), or undefined; the last one counts. */
export function cmdlineValue(cmdline: string, key: string): string | undefined {
  const words = cmdline.split(/\s+/).filter((word) => word.startsWith(`${key}=`));
  return words.at(-1)?.slice(key.length + 1);
}

/** Copies one section into a file, synced; for loaders that take no UKI. */
export async function extractSection(uki: Uki, name: UkiSectionName, target: string): Promise<void> {
  const { offset, bytes } = required(uki.path, uki.sections, name, uki.bytes);
  const source = createReadStream(uki.path, { start: offset, end: offset + bytes - 1 });
  await pipeline(source, createWriteStream(target, { flush: true }));
}

/** SHA-256 of one section, to compare a copy with. */
export async function hashSection(uki: Uki, name: UkiSectionName): Promise<string> {
  const { offset, bytes } = required(uki.path, uki.sections, name, uki.bytes);
  const hash = createHash('sha256');
  await pipeline(createReadStream(uki.path, { start: offset, end: offset + bytes - 1 }), hash);
  return hash.digest('hex');
}

/** os-release(5) as a map; lines that are no assignment are passed over. */
export function parseOsRelease(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^([A-Z_0-9]+)=(.*)$/.exec(line.trim()) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, unquote(value));
  }
  return values;
}

function unquote(value: string): string {
  const [, quote, inner] = /^(["'])(.*)\1$/.exec(value) ?? [];
  if (inner === undefined) return value;
  return quote === '"' ? inner.replace(/\\([\\"$`])/g, '$1') : inner;
}

/**
 * Puts a UKI together out of systemd's stub and its parts, with objcopy: the same parts give the same bytes.
 * Beside the output first, synced, then renamed. Throws `disk.damaged` for a stub that is none,
 * `disk.failed` with objcopy's words.
 */
export async function writeUki(parts: UkiParts): Promise<void> {
  const { output } = parts;
  const scratch = await mkdtemp(join(dirname(output), '.keelson-uki-'));
  try {
    const added = await sectionFiles(parts, scratch);
    const whole = join(scratch, 'uki');
    await objcopy([...(await placed(parts.stub, added)), parts.stub, whole], output);
    await dropTimeOfMaking(whole);
    await readUki(whole);
    await rename(whole, output);
    await syncDirectory(dirname(output));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** objcopy puts the time of day, and a checksum over it that firmware ignores, into the headers. */
async function dropTimeOfMaking(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const start = Buffer.alloc(4);
    await file.read(start, 0, 4, 0x3c);
    const pe = start.readUInt32LE(0);
    const none = Buffer.alloc(4);
    await file.write(none, 0, 4, pe + timestampOffset);
    await file.write(none, 0, 4, pe + checksumOffset);
    await file.sync();
  } finally {
    await file.close();
  }
}

interface AddedSection {
  readonly name: UkiSectionName;
  readonly file: string;
}

async function sectionFiles(parts: UkiParts, scratch: string): Promise<AddedSection[]> {
  const texts: [UkiSectionName, string][] = [
    ['.osrel', parts.osRelease],
    ['.cmdline', parts.cmdline],
    ...(parts.uname === undefined ? [] : [['.uname', parts.uname] as [UkiSectionName, string]]),
  ];
  for (const [name, text] of texts) await writeFile(join(scratch, name), text);
  // The kernel last: some stubs unpack it in place, into what is behind it.
  return [
    ...texts.map(([name]) => ({ name, file: join(scratch, name) })),
    { name: '.initrd', file: parts.initrd },
    { name: '.linux', file: parts.linux },
  ];
}

/** objcopy's arguments that put each section behind the one before, beginning behind the stub's last. */
async function placed(stub: string, added: readonly AddedSection[]): Promise<string[]> {
  const file = await openExisting(stub);
  const header = Buffer.alloc(peHeaderBytes);
  let image: PeImage;
  try {
    const { bytesRead } = await file.read(header, 0, header.length, 0);
    image = parsePe(stub, header.subarray(0, bytesRead), (await file.stat()).size);
  } finally {
    await file.close();
  }
  const step = Math.max(image.alignment, 4096);
  const roundUp = (address: number) => Math.ceil(address / step) * step;
  const args: string[] = [];
  let address = roundUp(image.imageBytes);
  for (const { name, file: path } of added) {
    const source = await openExisting(path);
    const { size } = await source.stat().finally(() => source.close());
    const place = (image.imageBase + BigInt(address)).toString(16);
    args.push('--add-section', `${name}=${path}`, '--change-section-vma', `${name}=0x${place}`);
    address = roundUp(address + size);
  }
  return args;
}

async function objcopy(args: readonly string[], output: string): Promise<void> {
  try {
    await run('objcopy', args, {
      deadlineMs: 300_000,
      env: { PATH: process.env.PATH ?? '', SOURCE_DATE_EPOCH: '0' },
    });
  } catch (cause) {
    if (runErrors.is(cause, 'missing')) {
      throw diskErrors.error('failed', 'objcopy is not installed.', {
        cause,
        hint: 'apt-get install binutils',
      });
    }
    if (!runErrors.is(cause, 'failed')) throw cause;
    throw diskErrors.error('failed', `${output} could not be put together. ${cause.message}`, { cause });
  }
}
