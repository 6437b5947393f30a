// What the engine remembers beside Container Linux's prefs: the update that waits for its boot, and the versions
// that failed here. One JSON file each.

import { join } from 'node:path';
import {
  errnoOf,
  readFileIfExists,
  removeFileIfExists,
  syncDirectory,
  writeFileAtomic,
} from '../../host/index.ts';
import type { FailedVersion, PendingUpdate } from '../model.ts';

export interface Records {
  pending(): Promise<PendingUpdate | undefined>;
  setPending(update: PendingUpdate | undefined): Promise<void>;
  failed(): Promise<readonly FailedVersion[]>;
  /** Adds it, or replaces what was remembered of that version. */
  addFailed(version: FailedVersion): Promise<void>;
  /** Forgets a version, and remembers that it may be tried again; false when it was not remembered as failed. */
  forgetFailed(version: string): Promise<boolean>;
  /** Whether a version that failed may be tried again, as somebody said. */
  isLetIn(version: string): Promise<boolean>;
  /** The same for one that only the slots remember. */
  letIn(version: string): Promise<void>;
}

/** More than that is no memory but a heap; the oldest go. */
const mostFailed = 50;

/** The records in that folder. A file that is damaged is told through `onProblem` and counts as not there. */
export function openRecords(folder: string, onProblem: (sentence: string) => void): Records {
  const pendingFile = join(folder, 'pending-update.json');
  const failedFile = join(folder, 'failed-versions.json');
  const letInFile = join(folder, 'let-in-versions.json');
  const read = async (path: string): Promise<unknown> => {
    try {
      const text = await readFileIfExists(path);
      return text === undefined ? undefined : JSON.parse(text);
    } catch (error) {
      const why = errnoOf(error) === undefined ? 'is damaged' : `cannot be read (${errnoOf(error)})`;
      onProblem(`${path} ${why} and does not count.`);
      return undefined;
    }
  };
  const write = (path: string, value: unknown) =>
    writeFileAtomic(path, `${JSON.stringify(value, undefined, 1)}\n`, { directoryMode: 0o755 });
  const failed = async (): Promise<readonly FailedVersion[]> => {
    const value = await read(failedFile);
    return Array.isArray(value) ? value.filter(isFailedVersion) : [];
  };
  const letIn = async (): Promise<readonly string[]> => {
    const value = await read(letInFile);
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
  };
  const setLetIn = async (version: string, isIn: boolean): Promise<void> => {
    const before = await letIn();
    if (before.includes(version) === isIn) return;
    const others = before.filter((each) => each !== version);
    await write(letInFile, (isIn ? [...others, version] : others).slice(-mostFailed));
  };
  return {
    failed,
    isLetIn: async (version) => (await letIn()).includes(version),
    letIn: (version) => setLetIn(version, true),
    async pending() {
      const value = await read(pendingFile);
      return isPending(value) ? value : undefined;
    },
    async setPending(update) {
      if (update !== undefined) return await write(pendingFile, update);
      if (await removeFileIfExists(pendingFile)) await syncDirectory(folder);
    },
    async addFailed(version) {
      const others = (await failed()).filter((one) => one.version !== version.version);
      await setLetIn(version.version, false);
      await write(failedFile, [...others, version].slice(-mostFailed));
    },
    async forgetFailed(version) {
      const all = await failed();
      const rest = all.filter((one) => one.version !== version);
      if (rest.length === all.length) return false;
      await setLetIn(version, true);
      await write(failedFile, rest);
      return true;
    },
  };
}

function isPending(value: unknown): value is PendingUpdate {
  if (!hasTexts(value, ['version', 'from', 'bootId'])) return false;
  return 'armed' in value && typeof value.armed === 'boolean';
}

function isFailedVersion(value: unknown): value is FailedVersion {
  return hasTexts(value, ['version', 'reason']) && 'sinceS' in value && typeof value.sinceS === 'number';
}

function hasTexts(value: unknown, keys: readonly string[]): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return keys.every((key) => typeof fields.get(key) === 'string');
}
