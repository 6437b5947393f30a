// The newest version that a machine has accepted: an older signed answer that somebody plays back is known by it.

import { join } from 'node:path';
import { isVersion } from '../../disk/index.ts';
import { readFileIfExists, writeFileAtomic } from '../../host/index.ts';

const pathIn = (folder: string) => join(folder, 'newest-version');

/** Undefined when none was, or the file is damaged: the signature and the version that runs still count. */
export async function readNewestSeen(folder: string): Promise<string | undefined> {
  const text = (await readFileIfExists(pathIn(folder)))?.trim();
  return text !== undefined && isVersion(text) ? text : undefined;
}

/** Remembers it; also when it is older than what was remembered, which then was a signed way back. */
export async function writeNewestSeen(folder: string, version: string): Promise<void> {
  if ((await readNewestSeen(folder)) !== version) await writeFileAtomic(pathIn(folder), `${version}\n`);
}
