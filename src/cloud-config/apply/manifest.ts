// What was applied, kept for later runs: which files with which content, which users, masks and enabled
// units came from us, and which unit commands ran since boot.

import { createHash } from 'node:crypto';
import { readFileIfExists } from '../../host/index.ts';
import type { Applied, Operation } from '../model.ts';
import { writeWhole } from './whole.ts';

export const manifestPath = '/var/lib/coreos-cloudinit/manifest.json';

/** Unit commands carried out since boot, as `VERB UNIT`. */
export type CommandsDone = Set<string>;

/** One thing on the machine that is there because a cloud-config asked for it. */
export interface ManifestItem {
  readonly kind: 'file' | 'mask' | 'enabled' | 'user' | 'keys';
  /** The path of a file or mask, the name of a unit or user, `USER/SET` of keys. */
  readonly name: string;
  /** Of a file: what was written, to tell local changes from ours. */
  readonly sha256?: string;
  readonly mode?: number;
  readonly runtime?: boolean;
  /** False once the cloud-config does not ask for it any more. */
  readonly wanted: boolean;
}

export interface Manifest {
  readonly version: 1;
  /** By the source that the cloud-config came from. */
  readonly sources: Readonly<Record<string, readonly ManifestItem[]>>;
  readonly commands: { readonly bootId: string; readonly done: readonly string[] };
}

export const emptyManifest: Manifest = { version: 1, sources: {}, commands: { bootId: '', done: [] } };

/** The manifest of the machine; an empty one when there is none or it cannot be understood. */
export async function readManifest(path: string): Promise<Manifest> {
  const text = await readFileIfExists(path);
  if (text === undefined) return emptyManifest;
  try {
    const data: unknown = JSON.parse(text);
    return isManifest(data) ? data : emptyManifest;
  } catch {
    return emptyManifest;
  }
}

function isManifest(data: unknown): data is Manifest {
  if (typeof data !== 'object' || data === null) return false;
  if (!('version' in data && 'sources' in data && 'commands' in data) || data.version !== 1) return false;
  const { sources, commands } = data;
  if (typeof sources !== 'object' || sources === null || !Object.values(sources).every(Array.isArray))
    return false;
  if (typeof commands !== 'object' || commands === null) return false;
  return 'bootId' in commands && 'done' in commands && Array.isArray(commands.done);
}

/** The manifest after a run. What earlier runs left and this one does not want stays listed as unwanted. */
export function nextManifest(
  before: Manifest,
  source: string,
  applied: readonly Applied[],
  commands: Manifest['commands'],
): Manifest {
  const items = new Map(
    (before.sources[source] ?? []).map((item) => [keyOf(item), { ...item, wanted: false }]),
  );
  for (const { operation, outcome } of applied) {
    const item = itemOf(operation);
    if (item === undefined) continue;
    // A failed item may still be there from an earlier run: then the earlier record of it holds.
    const old = items.get(keyOf(item));
    if (outcome.result !== 'failed') items.set(keyOf(item), item);
    else if (old !== undefined) items.set(keyOf(item), { ...old, wanted: true });
  }
  return { version: 1, sources: { ...before.sources, [source]: [...items.values()] }, commands };
}

const keyOf = (item: ManifestItem): string => `${item.kind} ${item.name}`;

function itemOf(operation: Operation): ManifestItem | undefined {
  switch (operation.kind) {
    case 'write-file':
    case 'write-unit-file': {
      const sha256 = createHash('sha256').update(operation.content).digest('hex');
      const mode = operation.kind === 'write-file' ? operation.mode : 0o644;
      return { kind: 'file', name: operation.path, sha256, mode, wanted: true };
    }
    case 'mask-unit':
      return { kind: 'mask', name: operation.path, wanted: true };
    case 'enable-unit':
      return { kind: 'enabled', name: operation.unit, runtime: operation.runtime, wanted: true };
    case 'ensure-user':
      return { kind: 'user', name: operation.user.name, wanted: true };
    case 'authorize-keys':
    case 'import-keys':
      return { kind: 'keys', name: `${operation.user}/${operation.set}`, wanted: true };
    default:
      return undefined;
  }
}

/** Writes the manifest; readable by root only, for it names every file of the configuration. */
export async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  await writeWhole(path, `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o600 });
}
