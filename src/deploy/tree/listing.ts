// What a tree is made of, line by line, and where two trees differ.

import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../../host/index.ts';

/** path → kind, mode, owner, size, time and content in one line. */
export type Listing = ReadonlyMap<string, string>;

/** Lists everything below `root`, which is itself “.”. Times count in seconds. */
export async function listTree(root: string): Promise<Listing> {
  const found = new Map<string, string>();
  const visit = async (path: string): Promise<void> => {
    const at = join(root, path);
    const stats = await lstat(at);
    const head = `${(stats.mode & 0o7777).toString(8).padStart(4, '0')} ${stats.uid}:${stats.gid} ${Math.floor(stats.mtimeMs / 1000)}`;
    if (stats.isDirectory()) {
      found.set(path, `folder ${head}`);
      for (const name of (await readdir(at)).sort()) await visit(join(path, name));
    } else if (stats.isSymbolicLink()) found.set(path, `link ${head} → ${await readlink(at)}`);
    else if (stats.isFile()) found.set(path, `file ${head} ${stats.size} ${await hashFile(at)}`);
    else found.set(path, `special ${head} ${stats.mode & 0o170000} ${stats.rdev}`);
  };
  await visit('.');
  return found;
}

/** One line a difference, in the order of the paths; none when the trees are the same. Pure. */
export function compareListings(one: Listing, two: Listing): readonly string[] {
  const paths = [...new Set([...one.keys(), ...two.keys()])].sort();
  return paths.flatMap((path) => {
    const [here, there] = [one.get(path), two.get(path)];
    if (here === there) return [];
    return [`${path}: ${here ?? 'is not there'} ≠ ${there ?? 'is not there'}`];
  });
}
