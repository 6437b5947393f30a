// The engine's memory: a folder with one small file a value, in the names and forms that Container Linux's
// update_engine has for them, so that either finds its way after the other.
//
// INVARIANT: a file is whole or not there, whatever happens to the process or to the power (written beside, synced,
// renamed). A value that cannot be read as what it should be counts as not there.

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileIfExists, removeFileIfExists, syncDirectory, writeFileAtomic } from '../../host/index.ts';

export type PrefName =
  | 'previous-version'
  | 'aleph-version'
  | 'payload-attempt-number'
  | 'current-response-signature'
  | 'current-url-index'
  | 'current-url-failure-count'
  | 'backoff-expiry-time'
  | 'full-response'
  | 'resumed-update-failures';

export interface Prefs {
  get(name: PrefName): Promise<string | undefined>;
  /** A whole number from 0; undefined for anything else. */
  getNumber(name: PrefName): Promise<number | undefined>;
  /** Writes only what is another value than before. */
  set(name: PrefName, value: string | number): Promise<void>;
  delete(name: PrefName): Promise<void>;
}

const temporary = '.keelson-';

/** Removes what a kill or a power loss left of a write in that folder. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (name.startsWith(temporary)) await rm(join(folder, name), { force: true });
  }
}

/** The prefs in that folder; made when first written to. */
export async function openPrefs(folder: string): Promise<Prefs> {
  await removeLeftovers(folder);
  const get = (name: PrefName) => readFileIfExists(join(folder, name));
  return {
    get,
    async getNumber(name) {
      const text = (await get(name))?.trim() ?? '';
      const value = /^\d{1,16}$/.test(text) ? Number(text) : undefined;
      return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
    },
    async set(name, value) {
      const text = String(value);
      if ((await get(name)) === text) return;
      await writeFileAtomic(join(folder, name), text, { mode: 0o600, directoryMode: 0o700, temporary });
    },
    async delete(name) {
      if (await removeFileIfExists(join(folder, name))) await syncDirectory(folder);
    },
  };
}
