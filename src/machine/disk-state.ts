// What is at a path of the payload now: nothing, our bytes, or somebody else's.

import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { errnoOf, hashFile } from '../host/index.ts';

export interface DiskState {
  /** The hash as the payload counts it; 'other' for what is neither a file nor a link. */
  readonly sha256: string;
  readonly mode: number;
}

/** The state of `path`, or undefined when there is nothing. Does not follow a link. */
export async function diskState(path: string): Promise<DiskState | undefined> {
  let stats: Stats;
  try {
    stats = await lstat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
  const mode = stats.mode & 0o7777;
  if (stats.isSymbolicLink()) {
    const sha256 = createHash('sha256')
      .update(`link ${await readlink(path)}`)
      .digest('hex');
    return { sha256, mode };
  }
  return { sha256: stats.isFile() ? await hashFile(path) : 'other', mode };
}
