// What a folder has to be so that its /usr can be laid over that of a machine, without taking anything away from it.

import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../host/index.ts';
import { deployErrors } from '../errors.ts';

/** Where systemd looks for what an extension is for (extension-release.NAME, os-release(5)). */
export const extensionReleaseFolder = 'usr/lib/extension-release.d';

/** Reads all of `tree`. Throws `deploy.source`, naming the first file that no extension may have and why. */
export async function checkTree(tree: string, name: string): Promise<void> {
  const top = await readdir(tree).catch((cause: unknown) => {
    throw deployErrors.error('source', `${tree} cannot be read (${errnoOf(cause) ?? cause}).`, { cause });
  });
  const other = top.find((entry) => entry !== 'usr');
  if (other !== undefined || top.length === 0) {
    const what = other === undefined ? `${tree} is empty` : `${join(tree, other)} is not below /usr`;
    throw deployErrors.error('source', `${what}: an extension is a layer over /usr and nothing else.`, {
      hint: 'Files of /etc and /var can be made by systemd-tmpfiles, from usr/lib/tmpfiles.d of the extension.',
    });
  }
  const usr = join(tree, 'usr');
  if (!(await lstat(usr)).isDirectory()) throw refused(usr, 'is no folder');
  for (const entry of await readdir(usr, { withFileTypes: true })) {
    if (!entry.isDirectory())
      throw refused(join(usr, entry.name), 'is no folder, and would hide one of the system');
  }
  await checkFolder(usr);
  if (await exists(join(usr, 'lib/os-release'))) {
    throw refused(join(usr, 'lib/os-release'), 'is there, by which systemd knows a whole system');
  }
  const own = `extension-release.${name}`;
  const releases = await readdir(join(tree, extensionReleaseFolder)).catch(() => []);
  const wrong = releases.find((file) => file !== own);
  if (wrong !== undefined) {
    throw refused(join(tree, extensionReleaseFolder, wrong), `is there; the one of this extension is ${own}`);
  }
}

async function checkFolder(folder: string): Promise<void> {
  // What a folder of the layer allows is what the merged one allows.
  const { mode } = await lstat(folder);
  if ((mode & 0o055) !== 0o055) {
    throw refused(
      folder,
      `has the mode ${(mode & 0o7777).toString(8)}, and would shut others out of that folder`,
      {
        hint: `chmod 755 ${folder}`,
      },
    );
  }
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await checkFolder(path);
    else if (!entry.isFile() && !entry.isSymbolicLink()) {
      throw refused(path, `is a ${kindOf(entry)}; a layer has files, folders and links`);
    }
  }
}

function kindOf(entry: Dirent): string {
  if (entry.isFIFO()) return 'pipe';
  return entry.isSocket() ? 'socket' : 'device';
}

function refused(path: string, why: string, options: { readonly hint?: string } = {}): Error {
  return deployErrors.error('source', `${path} ${why}.`, options);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
