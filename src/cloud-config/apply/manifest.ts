// What was applied, kept for later runs: what is on the machine because a cloud-config asked for it, what it
// took the place of, and which unit commands ran since boot. Contents are kept as hashes only.

import { readFileIfExists } from '../../host/index.ts';
import { writeWhole } from './whole.ts';

export const manifestPath = '/var/lib/coreos-cloudinit/manifest.json';

/** Unit commands carried out since boot, as `VERB UNIT`. */
export type CommandsDone = Set<string>;

/** What a path held before we first wrote there. */
export type Before =
  | {
      readonly kind: 'file';
      readonly copy: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly kind: 'link'; readonly target: string };

/** One thing on the machine that is there because a cloud-config asked for it. */
export interface ManifestItem {
  readonly kind: 'file' | 'append' | 'mask' | 'enabled' | 'user' | 'keys' | 'certificates';
  /** The path of a file or mask, the name of a unit or user, `USER/SET` of keys, a folder of certificates. */
  readonly name: string;
  /** Of what was written, to tell local changes from ours. */
  readonly sha256?: string;
  /** Of what was there of ours when a run that did not end was about to write something else. */
  readonly was?: string;
  /** How much was appended. */
  readonly bytes?: number;
  readonly mode?: number;
  readonly runtime?: boolean;
  /** False for what was so before us: it is never undone. */
  readonly ours: boolean;
  readonly before?: Before;
  /** There was nothing at its path. */
  readonly created?: true;
  /** Folders that were made for it, the outermost first. */
  readonly folders?: readonly string[];
}

export interface Manifest {
  readonly version: 2;
  /** By the source that the cloud-config came from. */
  readonly sources: Readonly<Record<string, readonly ManifestItem[]>>;
  readonly commands: { readonly bootId: string; readonly done: readonly string[] };
}

export const emptyManifest: Manifest = { version: 2, sources: {}, commands: { bootId: '', done: [] } };

export const keyOf = (item: Pick<ManifestItem, 'kind' | 'name'>): string => `${item.kind} ${item.name}`;

/**
 * The manifest of the machine; an empty one when there is none. One that cannot be understood is put aside
 * under the name that `problem` tells, so that nothing is undone because of it.
 */
export async function readManifest(path: string): Promise<{ manifest: Manifest; problem?: string }> {
  const text = await readFileIfExists(path);
  if (text === undefined) return { manifest: emptyManifest };
  try {
    const data: unknown = JSON.parse(text);
    if (isManifest(data)) return { manifest: data };
  } catch {
    // Told below.
  }
  return { manifest: emptyManifest, problem: text };
}

function isManifest(data: unknown): data is Manifest {
  if (typeof data !== 'object' || data === null) return false;
  if (!('version' in data && 'sources' in data && 'commands' in data) || data.version !== 2) return false;
  const { sources, commands } = data;
  if (typeof sources !== 'object' || sources === null || !Object.values(sources).every(Array.isArray))
    return false;
  if (typeof commands !== 'object' || commands === null) return false;
  return 'bootId' in commands && 'done' in commands && Array.isArray(commands.done);
}

/** Writes the manifest; readable by root only, for it names every file of the configuration. */
export async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  await writeWhole(path, `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o600 });
}
