// The files that a daemon keeps on its machine, so few kinds of access that a simulated machine has them too.

import { rmdirSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { errnoOf, readFileIfExists, replaceVolatileFile, writeFileAtomic } from '../host/index.ts';

export interface Files {
  readIfExists(path: string): Promise<string | undefined>;
  /** Names of the plain files in a directory; none when it does not exist. */
  list(directory: string): Promise<readonly string[]>;
  /** Whole or not at all, also after a power loss; for its owner only. */
  writeDurably(path: string, content: string): Promise<void>;
  /** Whole or not at all, on a file system that goes with the boot. Throws what the system says. */
  replaceVolatile(path: string, content: string): void;
  /** A file that is not there is removed. */
  remove(path: string): void;
  /** Removes a directory that is empty, and leaves any other. */
  removeEmpty(directory: string): void;
}

/** The machine's own file system. */
export const machineFiles: Files = {
  readIfExists: readFileIfExists,
  async list(directory) {
    try {
      const entries = await readdir(directory, { withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  },
  writeDurably: (path, content) => writeFileAtomic(path, content, { mode: 0o600 }),
  replaceVolatile: replaceVolatileFile,
  remove: (path) => rmSync(path, { force: true }),
  removeEmpty(directory) {
    try {
      rmdirSync(directory);
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errnoOf(error) ?? '')) throw error;
    }
  },
};
