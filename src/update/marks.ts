// Files of this boot that say to others: an update waits for the reboot.

import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readFileIfExists, replaceVolatileFile } from '../host/index.ts';

export interface Marks {
  /** The version that waits, `0.0.0` when the mark does not say; undefined when none waits. */
  get(): Promise<string | undefined>;
  set(version: string): Promise<void>;
  clear(): Promise<void>;
}

/** Container Linux's own, and the one that Debian's tools and reboot managers look for. */
export const markPaths = {
  completed: '/run/update_engine_autoupdate_completed',
  rebootRequired: '/run/reboot-required',
} as const;

const ours = '*** System restart required: keelson update ***\n';

export function fileMarks(paths: { readonly completed: string; readonly rebootRequired: string }): Marks {
  return {
    async get() {
      const text = await readFileIfExists(paths.completed);
      if (text === undefined) return undefined;
      return /^[0-9A-Za-z][0-9A-Za-z.~^-]{0,63}$/.exec(text.trim())?.[0] ?? '0.0.0';
    },
    // Both at once: whoever is told of the update finds them, and a reset that comes right after takes both away.
    async set(version) {
      replaceVolatileFile(paths.completed, `${version}\n`);
      try {
        mkdirSync(dirname(paths.rebootRequired), { recursive: true });
        writeFileSync(paths.rebootRequired, ours, { flag: 'wx' });
      } catch {
        // Who was there before keeps the file: it is not ours to take away.
      }
    },
    async clear() {
      await rm(paths.completed, { force: true });
      const text = await readFileIfExists(paths.rebootRequired);
      if (text === ours) await rm(paths.rebootRequired, { force: true });
    },
  };
}
