// The engine's memory: a folder with one small file a value, in the names and forms that Container Linux's
// update_engine has for them, so that either finds its way after the other.
//
// INVARIANT: a file is whole or not there, whatever happens to the process or to the power (written beside, synced,
// renamed). A value that cannot be read, or not as what it should be, counts as not there.

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  errnoOf,
  readFileIfExists,
  removeFileIfExists,
  syncDirectory,
  writeFileAtomic,
} from '../../host/index.ts';

export type PrefName =
  | 'previous-version'
  | 'aleph-version'
  | 'payload-attempt-number'
  | 'current-response-signature'
  | 'current-url-index'
  | 'current-url-failure-count'
  | 'backoff-expiry-time'
  | 'full-response'
  | 'update-check-response-hash'
  | 'resumed-update-failures';

export interface Prefs {
  get(name: PrefName): Promise<string | undefined>;
  /** A whole number from 0; undefined for anything else. */
  getNumber(name: PrefName): Promise<number | undefined>;
  /** Writes only what is another value than before. Throws what the system says of writing. */
  set(name: PrefName, value: string | number): Promise<void>;
  /** The same for what is worth no failure: when it cannot be written, that is told. */
  note(name: PrefName, value: string | number): Promise<void>;
  delete(name: PrefName): Promise<void>;
}

const temporary = '.keelson-';

/** Removes what a kill or a power loss left of a write in that folder. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (name.startsWith(temporary))
      await rm(join(folder, name), { force: true, recursive: true }).catch(() => {});
  }
}

/** No value is longer; a file that is was not written by an engine. */
const maxLength = 2 * 1024 * 1024;

/** The prefs in that folder; made when first written to. What cannot be read or noted is told to `onProblem`. */
export async function openPrefs(
  folder: string,
  onProblem: (sentence: string) => void = () => {},
): Promise<Prefs> {
  await removeLeftovers(folder);
  const get = async (name: PrefName) => {
    const path = join(folder, name);
    try {
      const text = await readFileIfExists(path);
      if (text === undefined || text.length <= maxLength) return text;
      onProblem(`${path} has ${text.length} characters and does not count.`);
    } catch (error) {
      onProblem(`${path} cannot be read (${errnoOf(error) ?? error}) and does not count.`);
    }
    return undefined;
  };
  const set = async (name: PrefName, value: string | number) => {
    const text = String(value);
    if ((await get(name)) === text) return;
    await writeFileAtomic(join(folder, name), text, { mode: 0o600, directoryMode: 0o700, temporary });
  };
  return {
    ...{ get, set },
    async note(name, value) {
      try {
        await set(name, value);
      } catch (error) {
        onProblem(`${join(folder, name)} cannot be written (${errnoOf(error) ?? error}).`);
      }
    },
    async getNumber(name) {
      const text = (await get(name))?.trim() ?? '';
      const value = /^\d{1,16}$/.test(text) ? Number(text) : undefined;
      return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
    },
    async delete(name) {
      if (await removeFileIfExists(join(folder, name))) await syncDirectory(folder);
    },
  };
}
