// A disk that is full, said as such: programs that meet it say it in their own words, in the middle of others.

import { statfs } from 'node:fs/promises';
import { errnoOf } from '../../host/index.ts';
import { deployErrors } from '../errors.ts';
import { mebibyte } from './model.ts';

/**
 * Runs `work`. When it fails because one of these folders has no space left, throws `deploy.full` naming the
 * folder and what is free there; else what `work` threw.
 */
export async function noticingFullDisks<Result>(
  folders: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (!speaksOfSpace(cause)) throw cause;
    const free = await Promise.all(
      folders.map(async (folder) => ({ folder, bytes: await freeBytes(folder) })),
    );
    const [least] = free.sort((a, b) => a.bytes - b.bytes);
    const where =
      least === undefined ? 'the disk' : `${least.folder} (${Math.floor(least.bytes / mebibyte)} MiB free)`;
    throw deployErrors.error('full', `There is no space left in ${where}. Nothing half-made stays.`, {
      cause,
      hint: 'An image needs about 4 GiB in the cache and 1 GiB in the output. KEELSON_CACHE names another cache.',
    });
  }
}

function speaksOfSpace(error: unknown): boolean {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if (errnoOf(each) === 'ENOSPC' || /no space left on device|disk full/i.test(each.message)) return true;
  }
  return false;
}

async function freeBytes(folder: string): Promise<number> {
  const facts = await statfs(folder).catch(() => undefined);
  return facts === undefined ? Number.POSITIVE_INFINITY : facts.bavail * facts.bsize;
}
