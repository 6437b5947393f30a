// Takes off what `keelson install` put on a machine: exactly that, and nothing that was changed since.

import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, removeFileIfExists, run } from '../host/index.ts';
import { diskState } from './disk-state.ts';
import { machineErrors } from './errors.ts';
import { refusePackaged, setup } from './install.ts';
import { readManifest } from './manifest.ts';
import { manifestPath, stateDirectories } from './paths.ts';

export interface UninstallResult {
  readonly removed: number;
  /** Files that somebody changed after the install: left where they are. */
  readonly kept: readonly string[];
  readonly messages: string;
}

/**
 * Uninstalls from the system below `root` ('' is this machine). With `purge` the data of our services
 * goes too. Users stay: their ids may own files elsewhere. Throws `machine.absent` when there is nothing.
 */
export async function uninstall(root: string, purge: boolean): Promise<UninstallResult> {
  await refusePackaged(root);
  const manifest = await readManifest(root);
  if (manifest === undefined)
    throw machineErrors.error('absent', `keelson is not installed ${root === '' ? 'here' : `in ${root}`}.`);
  const messages = await setup(root, 'remove');
  const kept: string[] = [];
  let removed = 0;
  for (const [target, hashes] of Object.entries(manifest.files)) {
    const state = await diskState(join(root, target));
    if (state === undefined) continue;
    if (!hashes.includes(state.sha256)) {
      kept.push(target);
      continue;
    }
    await removeFileIfExists(join(root, target));
    removed += 1;
  }
  await removeFileIfExists(root + manifestPath);
  // The deepest first; one that is not empty is not ours alone any more.
  for (const directory of [...manifest.directories].sort((a, b) => b.length - a.length)) {
    await rmdir(join(root, directory)).catch((error: unknown) => {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EBUSY'].includes(errnoOf(error) ?? '')) throw error;
    });
  }
  if (purge) {
    for (const path of stateDirectories) await rm(join(root, path), { recursive: true, force: true });
  }
  if (root === '') await run('systemctl', ['daemon-reload'], { accept: 'any' });
  return { removed, kept, messages };
}
