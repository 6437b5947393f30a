// Reads from /sys and /proc what a device is, who uses it and whether somebody would miss it.

import { constants } from 'node:fs';
import { open, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseMountInfo } from '../../disk/index.ts';
import { errnoOf, readFileIfExists } from '../../host/index.ts';
import { deployErrors } from '../errors.ts';
import type { DiskFacts, DiskUse } from './model.ts';

/** Sectors in /sys have this size, whatever the disk's own have. */
const sysfsSectorBytes = 512;

/**
 * The facts of a block device. Changes nothing.
 * Throws `deploy.disk` for a path that is none, `deploy.privilege` when it may not be opened.
 */
export async function readDiskFacts(device: string): Promise<DiskFacts> {
  const number = await deviceNumber(device);
  const folder = `/sys/dev/block/${number}`;
  const name = basename(await readlink(folder));
  const value = async (file: string) => (await readFile(join(folder, file), 'utf8')).trim();
  const isPartition = (await readFileIfExists(join(folder, 'partition'))) !== undefined;
  const parent = isPartition ? basename(join(await readlink(folder), '..')) : undefined;
  const family = await descendants(name);
  return {
    device,
    name,
    bytes: Number(await value('size')) * sysfsSectorBytes,
    sectorBytes: isPartition ? sysfsSectorBytes : Number(await value('queue/logical_block_size')),
    readOnly: (await value('ro')) === '1',
    partitionOf: parent,
    madeOf: await names(join(folder, 'slaves')),
    mounts: await mountsOf(family),
    claims: [...(await swapsOf(family)), ...family.flatMap(({ name: by, of }) => claim(by, of))],
    held: await isHeld(device),
  };
}

async function deviceNumber(device: string): Promise<string> {
  try {
    const stats = await stat(device);
    if (stats.isBlockDevice()) return numberOf(stats.rdev);
  } catch (cause) {
    const code = errnoOf(cause);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw cause;
    throw deployErrors.error('disk', `There is no disk ${device}.`, {
      cause,
      hint: 'lsblk lists the disks of this machine.',
    });
  }
  throw deployErrors.error('disk', `${device} is no disk.`, {
    hint: 'A file becomes one with: losetup --find --show --partscan FILE',
  });
}

/** major:minor of a device number as stat(2) gives it. */
function numberOf(rdev: number): string {
  const device = BigInt(rdev);
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}

interface Descendant {
  readonly name: string;
  readonly number: string;
  /** What it is made of, when it is neither the disk nor one of its partitions. */
  readonly of: string | undefined;
}

/** The disk, its partitions, and what is made of them, however often. */
async function descendants(disk: string): Promise<readonly Descendant[]> {
  const found = new Map<string, Descendant>();
  const add = async (name: string, of: string | undefined): Promise<void> => {
    if (found.has(name)) return;
    const folder = join('/sys/class/block', name);
    const number = (await readFile(join(folder, 'dev'), 'utf8')).trim();
    found.set(name, { name, number, of });
    for (const holder of await names(join(folder, 'holders'))) await add(holder, name);
    for (const child of await names(folder)) {
      if ((await readFileIfExists(join(folder, child, 'partition'))) !== undefined) await add(child, of);
    }
  };
  await add(disk, undefined);
  return [...found.values()];
}

async function names(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** btrfs gives its mounts a number of their own, so the source counts as well. */
async function mountsOf(family: readonly Descendant[]): Promise<DiskUse[]> {
  const found: DiskUse[] = [];
  for (const mount of parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'))) {
    const number = mount.device.startsWith('0:') ? await numberOfSource(mount.source) : mount.device;
    const used = family.find((one) => one.number === number);
    if (used !== undefined) found.push({ name: used.name, by: mount.mountPoint });
  }
  return found;
}

async function swapsOf(family: readonly Descendant[]): Promise<DiskUse[]> {
  const lines = ((await readFileIfExists('/proc/swaps')) ?? '').split('\n').slice(1);
  const found: DiskUse[] = [];
  for (const line of lines) {
    const number = await numberOfSource(line.split(/\s+/)[0] ?? '');
    const used = family.find((one) => one.number === number);
    if (used !== undefined) found.push({ name: used.name, by: 'swap' });
  }
  return found;
}

async function numberOfSource(path: string): Promise<string | undefined> {
  if (!path.startsWith('/dev/')) return undefined;
  const stats = await stat(path).catch(() => undefined);
  return stats?.isBlockDevice() === true ? numberOf(stats.rdev) : undefined;
}

function claim(by: string, of: string | undefined): DiskUse[] {
  return of === undefined ? [] : [{ name: of, by }];
}

/** Whether the kernel lets nobody else have it: mounted, swapped to or part of something, in any namespace. */
async function isHeld(device: string): Promise<boolean> {
  try {
    const file = await open(device, constants.O_RDONLY | constants.O_EXCL);
    await file.close();
    return false;
  } catch (cause) {
    if (errnoOf(cause) === 'EBUSY') return true;
    if (errnoOf(cause) !== 'EACCES' && errnoOf(cause) !== 'EPERM') throw cause;
    throw deployErrors.error('privilege', `${device} may be opened by root only.`, { cause });
  }
}
