// The versions that used up their tries on this machine, kept after their slot was written over: an update that
// failed is not to be installed again and again.

import { join } from 'node:path';
import { readFileIfExists, writeFileAtomic } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import { isRootHash } from '../verity.ts';
import type { FailedVersion } from './model.ts';
import { isVersion } from './version.ts';

/** Older ones are forgotten: nobody offers them any more. */
const kept = 32;

const pathIn = (folder: string) => join(folder, 'failed-versions.json');

/** What is remembered in `folder`; nothing when there is no file. Throws `disk.damaged` for one of another form. */
export async function readFailed(folder: string): Promise<FailedVersion[]> {
  const path = pathIn(folder);
  const text = await readFileIfExists(path);
  if (text === undefined) return [];
  const failed = parse(text);
  if (failed !== undefined) return failed;
  throw diskErrors.error('damaged', `${path} is damaged: it holds no list of versions.`, {
    hint: 'Remove it; only what failed before is forgotten with it.',
  });
}

function parse(text: string): FailedVersion[] | undefined {
  try {
    const { failed }: { failed?: unknown } = JSON.parse(text);
    if (!Array.isArray(failed)) return undefined;
    return failed.map(({ version, rootHash }: Record<string, unknown>) => {
      if (typeof version !== 'string' || !isVersion(version)) throw new TypeError('no version');
      if (typeof rootHash !== 'string' || !isRootHash(rootHash)) throw new TypeError('no root hash');
      return { version, rootHash };
    });
  } catch {
    return undefined;
  }
}

/** Adds a version to what is remembered; a file that is damaged is replaced. */
export async function rememberFailed(folder: string, one: FailedVersion): Promise<void> {
  const failed = await readFailed(folder).catch(() => []);
  if (failed.some(({ rootHash }) => rootHash === one.rootHash)) return;
  await write(folder, [...failed, one].slice(-kept));
}

/** Forgets a version that proved well after all. */
export async function forgetFailed(folder: string, rootHash: string): Promise<void> {
  const failed = await readFailed(folder).catch(() => []);
  const left = failed.filter((one) => one.rootHash !== rootHash);
  if (left.length < failed.length) await write(folder, left);
}

async function write(folder: string, failed: readonly FailedVersion[]): Promise<void> {
  await writeFileAtomic(pathIn(folder), `${JSON.stringify({ format: 1, failed }, undefined, 2)}\n`);
}
