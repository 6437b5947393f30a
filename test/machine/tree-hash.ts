// One hash of everything below a folder: names, modes, owners, links, contents.

import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Lines `path kind mode uid:gid content`, sorted; `skip` leaves out what it names (paths in the tree). */
export async function treeLines(
  root: string,
  skip: (path: string) => boolean = () => false,
): Promise<string[]> {
  const lines: string[] = [];
  const visit = async (path: string): Promise<void> => {
    const name = relative(root, path);
    if (name !== '' && skip(name)) return;
    const stats = await lstat(path);
    const head = `${name} ${(stats.mode & 0o7777).toString(8)} ${stats.uid}:${stats.gid}`;
    if (stats.isSymbolicLink()) lines.push(`${head} → ${await readlink(path)}`);
    else if (stats.isDirectory()) {
      lines.push(`${head} folder`);
      for (const child of await readdir(path)) await visit(join(path, child));
    } else {
      lines.push(
        `${head} ${createHash('sha256')
          .update(await readFile(path))
          .digest('hex')}`,
      );
    }
  };
  await visit(root);
  return lines.sort();
}
