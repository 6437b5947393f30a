// All that is in a folder, to compare it with later.

import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../../../src/host/index.ts';

/** Each file's path with its hash, each link's with its target; sorted. */
export async function listing(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const lines = entries
    .filter((entry) => !entry.isDirectory())
    .map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      return `${path} ${entry.isSymbolicLink() ? await readlink(path) : await hashFile(path)}`;
    });
  return (await Promise.all(lines)).sort();
}
