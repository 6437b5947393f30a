// Files of a run, written whole, and what a run that lost power left beside them.
//
// INVARIANT: whoever calls these holds the lock of lock.ts. So a temporary file that is already there has
// no writer any more.

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type AtomicWriteOptions, writeFileAtomic } from '../../host/index.ts';

/** How the names of all our temporary files and folders begin. */
export const temporaryPrefix = '.coreos-cloudinit-';

/** As `writeFileAtomic`, with a temporary file that `removeTemporaries` knows. */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  options: Omit<AtomicWriteOptions, 'temporary'> = {},
): Promise<void> {
  await writeFileAtomic(path, content, { ...options, temporary: temporaryPrefix });
}

/** Removes what interrupted runs left in these folders; those that are not there are fine. */
export async function removeTemporaries(folders: Iterable<string>): Promise<void> {
  for (const folder of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (name.startsWith(temporaryPrefix)) await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}
