// What `keelson install` has put on a machine, so that it can be taken off again to the byte.

import { readFileIfExists, writeFileAtomic } from '../host/index.ts';
import { machineErrors } from './errors.ts';
import { manifestPath } from './paths.ts';

export interface Manifest {
  readonly version: string;
  /** Content hashes by target; an install that was interrupted lists several for one target. */
  readonly files: Readonly<Record<string, readonly string[]>>;
  /** Folders that were not there before us. */
  readonly directories: readonly string[];
}

/** The manifest of the system below `root`, or undefined when `keelson install` did not run there. */
export async function readManifest(root: string): Promise<Manifest | undefined> {
  const text = await readFileIfExists(root + manifestPath);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (isManifest(value)) return value;
  throw machineErrors.error('conflict', `${root}${manifestPath} is damaged: it is no list of files.`, {
    hint: 'Move it away and run `keelson install --force`: that writes every file and the list anew.',
  });
}

export async function writeManifest(root: string, manifest: Manifest): Promise<void> {
  await writeFileAtomic(root + manifestPath, `${JSON.stringify(manifest, undefined, 1)}\n`);
}

/** Both lists in one: what may be there while an install is under way. */
export function union(a: Manifest | undefined, b: Manifest): Manifest {
  if (a === undefined) return b;
  const files: Record<string, readonly string[]> = { ...a.files };
  for (const [target, hashes] of Object.entries(b.files)) {
    files[target] = [...new Set([...(a.files[target] ?? []), ...hashes])];
  }
  return { version: b.version, files, directories: [...new Set([...a.directories, ...b.directories])] };
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null) return false;
  if (!('version' in value) || !('files' in value) || !('directories' in value)) return false;
  const { version, files, directories } = value;
  const isList = (list: unknown) => Array.isArray(list) && list.every((item) => typeof item === 'string');
  return (
    typeof version === 'string' &&
    isList(directories) &&
    typeof files === 'object' &&
    files !== null &&
    Object.entries(files).every(([target, hashes]) => target.startsWith('/') && isList(hashes))
  );
}
