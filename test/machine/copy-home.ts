// A copy of a home folder that a test may change.

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../src/host/index.ts';

/** Copies what a package is made of; the modules are shared with the original. */
export async function copyHome(from: string, to: string): Promise<void> {
  for (const part of ['package.json', 'LICENSE', 'units', 'dist', 'cloud-config', 'image']) {
    await cp(join(from, part), join(to, part), {
      recursive: true,
      verbatimSymlinks: true,
      force: true,
    }).catch(() => {});
  }
  await run('ln', ['-sfn', join(from, 'node_modules'), join(to, 'node_modules')]);
}
