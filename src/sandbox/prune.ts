// Keeps the cache from growing for ever: file systems that nobody has used for two weeks go.

import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterPaths, type Roots } from './paths.ts';
import { readRecord } from './record.ts';

// `base` is what earlier versions made.
const kept =
  /^(base|debian|machine|extra|keelson|usr|vm-image)-[0-9a-f]{16}(-[0-9a-f]{16})?(\.building-[0-9a-f]+(\.\w+)?)?$/;

const unusedMs = 14 * 24 * 3600 * 1000;

/** Removes base file systems and layers last used before that time, except those below a cluster that exists. */
export async function pruneCache(at: Roots, now: number = Date.now()): Promise<void> {
  const names = await readdir(at.state).catch(() => []);
  const records = await Promise.all(
    names.map((name) => readRecord(clusterPaths(name, at)).catch(() => undefined)),
  );
  const inUse = records.flatMap((record) => record?.lower.concat(record.vm?.image ?? []) ?? []);
  for (const entry of await readdir(at.cache).catch(() => [])) {
    // Also what an interrupted build of something that nobody builds any more has left.
    if (!kept.test(entry)) continue;
    const path = join(at.cache, entry);
    if (inUse.some((lower) => lower === path || lower.startsWith(`${path}/`))) continue;
    // A build that has just been finished or given up is gone by now.
    const used = (await stat(path).catch(() => undefined))?.mtimeMs ?? now;
    if (now - used > unusedMs) await rm(path, { recursive: true, force: true });
  }
}
