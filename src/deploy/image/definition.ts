// The part of a definition that an image needs besides its packages: partitions, command line, initrd.

import { createHash } from 'node:crypto';
import { cp, lstat, mkdir, readdir, readFile, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf, homeDirectory } from '../../host/index.ts';
import { deployErrors } from '../errors.ts';
import type { PartitionSpec } from './model.ts';
import { parsePartitions } from './partitions.ts';
import { commandLineWord, driverName, parseWords, type WordKind } from './word-list.ts';

export interface ImageDefinition {
  readonly folder: string;
  readonly partitions: readonly PartitionSpec[];
  /** The file of the partitions, for errors. */
  readonly partitionsPath: string;
  /** Words for the kernel, besides our own. */
  readonly commandLine: readonly string[];
  /** Kernel modules that the initrd is to have. */
  readonly drivers: readonly string[];
  /** Of all that `layOutInitrd` copies. */
  readonly initrdHash: string;
  /** Copies what is laid over the initrd into a new folder. */
  readonly layOutInitrd: (target: string) => Promise<void>;
}

/** What the initrd has in common with the system: the rule that finds the disk that was booted. */
const shared = ['usr/lib/keelson-boot/boot-disk', 'usr/lib/udev/rules.d/65-keelson-boot-disk.rules'];

/** Reads and checks it. Throws `deploy.definition` with file, line and column. */
export async function readImageDefinition(folder: string): Promise<ImageDefinition> {
  const partitionsPath = join(folder, 'partitions');
  const words = async (name: string, kind: WordKind) =>
    parseWords(await readPart(join(folder, name)), join(folder, name), kind);
  const sources = [
    ...(await filesBelow(join(folder, 'initrd'))),
    ...shared.map((path) => ({ from: join(folder, 'tree', path), path })),
  ];
  return {
    folder,
    partitions: parsePartitions(await readPart(partitionsPath), partitionsPath),
    partitionsPath,
    commandLine: await words('command-line', commandLineWord),
    drivers: await words('initrd-drivers', driverName),
    initrdHash: await hashOf(sources),
    async layOutInitrd(target) {
      await mkdir(target);
      for (const { from, path } of sources) {
        await mkdir(dirname(join(target, path)), { recursive: true });
        await cp(from, join(target, path), { verbatimSymlinks: true });
      }
    },
  };
}

async function readPart(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === undefined) throw cause;
    throw deployErrors.error('definition', `The definition of the image lacks ${path} (${errno}).`, {
      cause,
      hint: `Copy ${join(homeDirectory(), 'image')} and change the copy.`,
    });
  }
}

interface Source {
  readonly from: string;
  /** Where it goes. */
  readonly path: string;
}

async function filesBelow(root: string, below = ''): Promise<Source[]> {
  const found: Source[] = [];
  const entries = await readdir(join(root, below), { withFileTypes: true }).catch((cause: unknown) => {
    throw deployErrors.error('definition', `The definition of the image lacks ${root}.`, { cause });
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(below, entry.name);
    if (entry.isDirectory()) found.push(...(await filesBelow(root, path)));
    else found.push({ from: join(root, path), path });
  }
  return found;
}

async function hashOf(sources: readonly Source[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { from, path } of sources) {
    const isLink = (await lstat(from).catch(() => undefined))?.isSymbolicLink() === true;
    const content = isLink ? await readlink(from) : await readPart(from);
    hash.update(JSON.stringify([path, isLink, content]));
  }
  return hash.digest('hex');
}
