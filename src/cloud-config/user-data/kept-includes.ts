// Documents of #include-once on the disk, readable by root only: they may hold secrets, and their URLs may
// answer but once.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, writeFileAtomic } from '../../host/index.ts';
import type { KeptIncludes } from './model.ts';

/** Those of one instance, in a folder of their own below `workspace`. */
export function keptIncludes(workspace: string, instanceId: string): KeptIncludes {
  const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);
  const fileOf = (url: string) => join(workspace, 'includes', digest(instanceId), digest(url));
  return {
    get: async (url) => {
      try {
        return await readFile(fileOf(url));
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    },
    put: async (url, bytes) => {
      await writeFileAtomic(fileOf(url), bytes, { mode: 0o600, directoryMode: 0o700 });
    },
  };
}
