// Removes what is left on disk of clusters whose process was killed before it could.

import { readdir, rm } from 'node:fs/promises';
import { lock } from '../host/index.ts';
import { endAnchor, findAnchor } from './anchor.ts';
import { cgroupFolders, hierarchies, pidsIn, removeCgroup } from './cgroup.ts';
import { clusterPaths, type Roots } from './paths.ts';
import { identify } from './process-identity.ts';
import { readRecord } from './record.ts';

/** Removes what dead processes left: their clusters' files, and the cgroups of those whose files are gone. */
export async function sweep(roots: Roots): Promise<void> {
  await sweepClusters(roots);
  const found = await hierarchies();
  for (const entry of await readdir(found.unified)) {
    // Named for the process that started it; see startCluster.
    const pid = /^keelson-sandbox-t-(\d+)-/.exec(entry)?.[1];
    if (pid === undefined || (await identify(Number(pid))) !== undefined) continue;
    const folders = cgroupFolders(found, entry);
    if ((await pidsIn(folders[0] ?? '')).length === 0) await removeCgroup(folders);
  }
}

/** Removes every cluster with the lifetime of its caller whose anchor is dead. */
async function sweepClusters(roots: Roots): Promise<void> {
  const names = await readdir(roots.state).catch(() => []);
  for (const name of names) {
    const paths = clusterPaths(name, roots);
    if (!(await isAbandoned(name, roots))) continue;
    const held = await lock(paths.lock);
    try {
      // It may have been a cluster that was just being started when we looked.
      if (!(await isAbandoned(name, roots))) continue;
      await endAnchor(paths);
      await rm(paths.run, { recursive: true, force: true });
      await rm(paths.state, { recursive: true, force: true });
      await held.remove();
    } finally {
      await held[Symbol.asyncDispose]();
    }
  }
}

async function isAbandoned(name: string, roots: Roots): Promise<boolean> {
  const paths = clusterPaths(name, roots);
  const record = await readRecord(paths).catch(() => undefined);
  return record?.lifetime === 'caller' && (await findAnchor(paths)) === undefined;
}
