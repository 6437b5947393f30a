// Files laid on the root of a machine that is off, by debugfs: an /etc of its own before its first boot.

import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../../src/host/index.ts';
import { extentOf } from './disk-image.ts';

export type RootFile = { readonly path: string; readonly text: string; readonly mode?: number };
export type RootLink = { readonly path: string; readonly to: string };

/** Puts new files and links into the ext4 of ROOT; folders are made. `scratch` is a folder to use meanwhile. */
export async function putIntoRoot(
  disk: string,
  files: readonly (RootFile | RootLink)[],
  scratch: string,
): Promise<void> {
  const staged = join(scratch, 'root-files');
  await mkdir(staged);
  const commands: string[] = [];
  const made = new Set<string>(['/']);
  for (const [index, file] of files.entries()) {
    for (const folder of foldersOf(file.path)) {
      if (!made.has(folder)) commands.push(`mkdir ${folder}`);
      made.add(folder);
    }
    if ('to' in file) {
      commands.push(`symlink ${file.path} ${file.to}`);
    } else {
      const source = join(staged, String(index));
      await writeFile(source, file.text);
      await chmod(source, file.mode ?? 0o644);
      commands.push(`write ${source} ${file.path}`);
    }
  }
  const device = `${disk}?offset=${(await extentOf(disk, 'ROOT')).offset}`;
  const { stderr } = await run('debugfs', ['-w', '-f', '-', device], { input: `${commands.join('\n')}\n` });
  const said = stderr.replace(/^debugfs .*$/m, '').trim();
  if (said !== '') throw new Error(`debugfs: ${said}`);
  await rm(staged, { recursive: true });
}

function foldersOf(path: string): string[] {
  const parent = dirname(path);
  return parent === '/' ? [] : [...foldersOf(parent), parent];
}
