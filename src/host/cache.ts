// Folders that are built once and kept under a name that says what is in them.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CodedError, errorTable } from './errors.ts';
import { lock } from './lock.ts';
import { runErrors } from './run.ts';

export const cacheErrors = errorTable('host.cache', {
  /** What was to be kept could not be made. */
  build: { exit: 1, http: 500 },
});

/**
 * Where this user's commands keep what they build: $KEELSON_CACHE; else /var/cache/keelson for root and
 * `$XDG_CACHE_HOME/keelson` or ~/.cache/keelson for everyone else.
 */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env.KEELSON_CACHE !== undefined && env.KEELSON_CACHE !== '') return env.KEELSON_CACHE;
  if (process.getuid?.() === 0) return '/var/cache/keelson';
  const base = env.XDG_CACHE_HOME;
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'keelson');
}

/**
 * The entry `name` of the folder `cache`; made by `build` into a folder or file beside it and renamed when
 * it is whole. Others who want the same wait. What an interrupted build left is removed.
 * When `build` throws it throws `host.cache.build`, with the reason, or what `build` threw if that has a code
 * other than of `run`.
 */
export async function provide(
  cache: string,
  name: string,
  onStep: (text: string) => void,
  build: (target: string) => Promise<void>,
): Promise<string> {
  const target = join(cache, name);
  if (existsSync(target)) {
    // The age of what is in the cache is the time since its last use.
    await utimes(target, new Date(), new Date());
    return target;
  }
  await mkdir(cache, { recursive: true, mode: 0o755 });
  await using _held = await lock(join(cache, `${name}.lock`), () =>
    onStep('Waiting for another build of the same file system'),
  );
  if (existsSync(target)) return target;
  const beside = `${name}.building-`;
  for (const entry of await readdir(cache)) {
    if (!entry.startsWith(beside)) continue;
    // The last processes of a build that was killed may still be writing.
    await rm(join(cache, entry), { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
  const temporary = join(cache, `${beside}${randomBytes(4).toString('hex')}`);
  try {
    await build(temporary);
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    // What a room says of its own input is said already; a program's last words need a place.
    if (cause instanceof CodedError && !runErrors.is(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw cacheErrors.error('build', `${target} could not be built. ${reason}`, { cause });
  }
  return target;
}
