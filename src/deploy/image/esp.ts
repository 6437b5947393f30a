// The boot partition as a file: systemd's loader and the UKI for UEFI, GRUB's configuration and the same kernel for
// BIOS. Written by mtools, which needs no mount.

import { copyFile, mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  formatGrubEnv,
  grubConfig,
  grubPaths,
  grubVariables,
  layGrubSlot,
  type Slot,
  startupScript,
  startupScriptText,
} from '../../disk/index.ts';
import { run } from '../../host/index.ts';
import { derivedVolume } from './identity.ts';
import type { Release } from './model.ts';

export interface EspParts {
  readonly release: Pick<Release, 'version' | 'rootHash' | 'uki'>;
  /** What its volume number is derived from. Default: the root hash. */
  readonly seed?: string;
  readonly slot: Slot;
  /** systemd's loader (`systemd-bootx64.efi`). */
  readonly loader: string;
  readonly bytes: number;
  readonly epoch: number;
  /** An empty folder for the work. */
  readonly scratch: string;
  readonly output: string;
  readonly signal?: AbortSignal;
}

/** Makes the file system. Throws what the programs say; a partition that is too small was refused before. */
export async function buildEsp(parts: EspParts): Promise<void> {
  const content = join(parts.scratch, 'esp');
  await layOutEsp(content, parts);
  await writeFile(parts.output, '');
  const { signal } = parts;
  const options = {
    // mtools write local times, and the time of now unless this is set.
    env: {
      PATH: process.env.PATH ?? '',
      TZ: 'UTC0',
      LC_ALL: 'C.UTF-8',
      SOURCE_DATE_EPOCH: String(parts.epoch),
      MTOOLS_SKIP_CHECK: '1',
    },
    deadlineMs: 300_000,
    ...(signal === undefined ? {} : { signal }),
  };
  await run('truncate', ['--size', String(parts.bytes), parts.output], options);
  const volume = derivedVolume(parts.seed ?? parts.release.rootHash, 'esp');
  const format = ['--invariant', '-F', '32', '-n', 'EFI-SYSTEM', '-i', volume, parts.output];
  await run('mkfs.vfat', format, options);
  for (const { path, isFolder } of await entriesOf(content)) {
    const target = `::${path}`;
    if (isFolder) await run('mmd', ['-i', parts.output, target], options);
    else await run('mcopy', ['-m', '-i', parts.output, join(content, path), target], options);
  }
}

/** The files of the ESP in a folder, all of one age. */
async function layOutEsp(content: string, { release, slot, loader, epoch }: EspParts): Promise<void> {
  const put = async (path: string, text: string) => {
    await mkdir(join(content, path, '..'), { recursive: true });
    await writeFile(join(content, path), text);
  };
  await put('loader/loader.conf', 'timeout 0\n');
  await put(startupScript, startupScriptText);
  await put(grubPaths.config, grubConfig());
  // A new disk has no other slot to go back to: its first system counts as proven from the start.
  await put(grubPaths.environment, environment(slot));
  for (const path of ['EFI/BOOT/BOOTX64.EFI', 'EFI/systemd/systemd-bootx64.efi']) {
    await mkdir(join(content, path, '..'), { recursive: true });
    await copyFile(loader, join(content, path));
  }
  await mkdir(join(content, 'EFI/Linux'), { recursive: true });
  await copyFile(release.uki, join(content, `EFI/Linux/keelson_${release.version}.efi`));
  await layGrubSlot(content, slot, release.uki);
  for (const { path } of await entriesOf(content)) await utimes(join(content, path), epoch, epoch);
}

function environment(slot: Slot): string {
  const values: Record<(typeof grubVariables)[number], string> = {
    good_slot: slot,
    try_slot: '',
    tries: '0',
  };
  const variables = grubVariables.map((name) => [name, values[name]] as const);
  return formatGrubEnv(variables, grubVariables).toString('latin1');
}

interface Entry {
  readonly path: string;
  readonly isFolder: boolean;
}

/** All below a folder in one order, a folder before what is in it. */
async function entriesOf(folder: string, below = ''): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const name of (await readdir(join(folder, below))).sort()) {
    const path = `${below}/${name}`;
    const isFolder = (await stat(join(folder, path))).isDirectory();
    found.push({ path, isFolder });
    if (isFolder) found.push(...(await entriesOf(folder, path)));
  }
  return found;
}

/**
 * What releases of this size take on the ESP in all: two UKIs and one more while it is being written; for BIOS
 * machines kernel and initrd cut out of it, for each slot; loaders and the tables of the file system.
 */
export function espBytesNeeded(ukiBytes: number): number {
  const rest = 4 * 1024 * 1024;
  return rest + 3 * ukiBytes + 2 * ukiBytes;
}
