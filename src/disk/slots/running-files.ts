// The files of the slot that runs, for an update that takes what it has in common with them.

import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Slot } from '../model.ts';
import type { Source } from '../release/compare.ts';
import type { LoaderView, RunningFiles, SlotStorage } from './model.ts';

/** What can be found of them; what cannot be read is left out, and then travels. */
export async function runningFiles(
  storage: SlotStorage,
  slot: Slot | undefined,
  view: LoaderView,
): Promise<RunningFiles> {
  if (slot === undefined) return { usr: [], uki: [] };
  const usr = await storage.path(slot, 'usr');
  const bytes = await imageBytes(await storage.path(slot, 'verity'));
  const entry = view.entries.find((one) => one.slot === slot && one.problem === undefined);
  return {
    usr: bytes === undefined ? [] : [{ path: usr, bytes }],
    uki: entry === undefined ? [] : await kernelSources(entry.path).catch(() => []),
  };
}

/** The UKI, or the files in its slot's folder. */
async function kernelSources(path: string): Promise<Source[]> {
  const stats = await stat(path);
  if (stats.isFile()) return [{ path, bytes: stats.size }];
  const files = (await readdir(path)).sort().map((name) => join(path, name));
  const sizes = await Promise.all(
    files.map(async (file) => ({ path: file, bytes: (await stat(file)).size })),
  );
  return sizes.filter(({ bytes }) => bytes > 0);
}

/**
 * How long the image below a hash tree is: a partition has more. veritysetup's superblock has the size of a block at
 * offset 64 and their number at offset 72.
 */
async function imageBytes(tree: string): Promise<number | undefined> {
  try {
    await using file = await open(tree, 'r');
    const superblock = Buffer.alloc(80);
    const { bytesRead } = await file.read(superblock, 0, superblock.length, 0);
    if (bytesRead < superblock.length || superblock.toString('latin1', 0, 6) !== 'verity') return undefined;
    const bytes = superblock.readUInt32LE(64) * Number(superblock.readBigUInt64LE(72));
    return Number.isSafeInteger(bytes) ? bytes : undefined;
  } catch {
    return undefined;
  }
}
