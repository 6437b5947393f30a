// Folders of a cache that last as long as their work, and the way out for what is old.

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const hourMs = 3_600_000;

/** Others may still be using what was built a moment ago. */
export const keptMs = 24 * hourMs;

/** A new folder below `cache` that is gone when disposed of; one that an interrupted run left goes too. */
export async function scratchDirectory(
  cache: string,
  nowMs: number = Date.now(),
): Promise<AsyncDisposable & { readonly path: string }> {
  await mkdir(cache, { recursive: true });
  await keepNewest(cache, 'build-', 0, nowMs - hourMs);
  const path = join(cache, `build-${randomBytes(6).toString('hex')}`);
  await mkdir(path);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Removes the entries of `directory` that begin with `prefix` and are older, save the newest `keep`. */
export async function keepNewest(
  directory: string,
  prefix: string,
  keep: number,
  olderThanMs: number,
): Promise<void> {
  const found: { readonly path: string; readonly time: number }[] = [];
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const stats = name.startsWith(prefix) ? await stat(path).catch(() => undefined) : undefined;
    if (stats !== undefined) found.push({ path, time: stats.mtimeMs });
  }
  found.sort((a, b) => b.time - a.time);
  for (const { path, time } of found.slice(keep)) {
    if (time < olderThanMs) await rm(path, { recursive: true, force: true });
  }
}
