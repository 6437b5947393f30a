// /usr as a squashfs, and its hash tree.

import { mkdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { formatVerity } from '../../disk/index.ts';
import { hashFile, run } from '../../host/index.ts';
import { type BootSectors, bootSectorFiles } from './boot-sectors.ts';
import { derivedHash, derivedUuid } from './identity.ts';
import type { Compression, UsrImage } from './model.ts';
import { bytesToPack, packingProgress } from './packing.ts';

export interface UsrImageParts {
  /** The folder that becomes /usr. */
  readonly tree: string;
  readonly compression: Compression;
  readonly epoch: number;
  /** What starts a BIOS machine: the system has them as files, so that it can be installed from where it runs. */
  readonly bootSectors: BootSectors;
  /** An existing folder for both files. */
  readonly output: string;
  /** How far it is, in percent. */
  readonly onPercent?: (percent: number) => void;
  readonly signal?: AbortSignal;
}

/** zstd's levels, by what is asked for: of 936 MiB come 332 in 5 s and 290 in 72 s on two processors. */
export const squashfsLevels: Readonly<Record<Compression, number>> = { fast: 3, release: 19 };

/** dm-verity hashes blocks of this size. */
const blockBytes = 4096;

export const usrImageFiles = { usr: 'usr.squashfs', verity: 'usr.verity' } as const;

/** Makes `usr.squashfs` and `usr.verity` in the output folder. The same tree gives the same bytes. */
export async function buildUsrImage(parts: UsrImageParts): Promise<UsrImage> {
  const usr = resolve(parts.output, usrImageFiles.usr);
  const added = join(parts.output, 'bios');
  const args = [
    ...[resolve(parts.tree), usr, '-noappend', '-quiet', '-no-progress', '-info'],
    ...['-reproducible', '-xattrs'],
    ...['-comp', 'zstd', '-Xcompression-level', String(squashfsLevels[parts.compression])],
    ...['-mkfs-time', String(parts.epoch), '-all-time', String(parts.epoch)],
    ...(await addBootSectors(parts.bootSectors, added)),
  ];
  const env: Record<string, string> = { PATH: process.env.PATH ?? '', LC_ALL: 'C' };
  const onPercent = parts.onPercent ?? (() => {});
  const onText = packingProgress(await bytesToPack(parts.tree, parts.signal), onPercent);
  await run('mksquashfs', args, {
    // With SOURCE_DATE_EPOCH set as well it refuses the two options for times.
    env,
    cwd: added,
    deadlineMs: 3_600_000,
    onOutput: (stream, text) => {
      if (stream === 'stdout') onText(text);
    },
    ...(parts.signal === undefined ? {} : { signal: parts.signal }),
  });
  onPercent(100);
  await rm(added, { recursive: true });
  const { size } = await stat(usr);
  await truncate(usr, Math.ceil(size / blockBytes) * blockBytes);
  const verity = join(parts.output, usrImageFiles.verity);
  const seed = await hashFile(usr);
  const salt = derivedHash(seed, 'verity salt');
  const uuid = derivedUuid(seed, 'verity');
  const { rootHash } = await formatVerity({ data: usr, tree: verity, salt, uuid });
  return {
    usr,
    usrBytes: (await stat(usr)).size,
    verity,
    verityBytes: (await stat(verity)).size,
    rootHash,
    salt,
    uuid,
  };
}

/** Lays both into a new folder, and returns what makes mksquashfs, which is run there, put them into the image. */
async function addBootSectors(sectors: BootSectors, folder: string): Promise<string[]> {
  const { boot, core } = bootSectorFiles;
  await mkdir(folder);
  await writeFile(join(folder, boot), sectors.boot);
  await writeFile(join(folder, core), sectors.core);
  const place = relative('/usr', bootSectorFiles.folder);
  const lines = [`${dirname(place)} d 755 0 0`, `${place} d 755 0 0`];
  for (const name of [boot, core]) lines.push(`${place}/${name} f 644 0 0 cat ${name}`);
  return lines.flatMap((line) => ['-p', line]);
}
