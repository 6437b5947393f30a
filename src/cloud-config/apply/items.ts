// From operations to what the manifest keeps of them. Pure.

import { createHash } from 'node:crypto';
import type { Applied, Operation } from '../model.ts';
import { type Before, keyOf, type Manifest, type ManifestItem } from './manifest.ts';

/** What was found where something is to be made, before it is. */
export interface Prior {
  /** It was there already, by nobody's hand that we know of. */
  readonly settled: boolean;
  readonly before?: Before;
  /** Of what stands there, when a cloud-config wrote it. */
  readonly written?: string;
  readonly created?: true;
  readonly folders?: readonly string[];
}

type Item = Omit<ManifestItem, 'ours'>;

const items = new WeakMap<Operation, { readonly item: Item | undefined }>();

/** What an operation leaves on the machine; undefined for one that leaves nothing to undo. */
export function itemOf(operation: Operation): Item | undefined {
  // Asked for several times in a run, and a hash of each content.
  const known = items.get(operation);
  if (known !== undefined) return known.item;
  const item = makeItem(operation);
  items.set(operation, { item });
  return item;
}

function makeItem(operation: Operation): Item | undefined {
  switch (operation.kind) {
    case 'write-file':
    case 'write-unit-file': {
      // Lines of others stand in it as well: they are kept, and so is the file.
      if (operation.path === '/etc/environment') return undefined;
      const mode = operation.kind === 'write-file' ? operation.mode : 0o644;
      return { kind: 'file', name: operation.path, sha256: hashOf(operation.content), mode };
    }
    case 'append-file': {
      const bytes = Buffer.byteLength(operation.content);
      return { kind: 'append', name: operation.path, sha256: hashOf(operation.content), bytes };
    }
    case 'mask-unit':
      return { kind: 'mask', name: operation.path };
    case 'enable-unit':
      return { kind: 'enabled', name: operation.unit, runtime: operation.runtime };
    case 'ensure-user':
      return { kind: 'user', name: operation.user.name };
    case 'authorize-keys': {
      const name = `${operation.user}/${operation.set}`;
      return { kind: 'keys', name, sha256: hashOf(setText(operation.keys)) };
    }
    case 'import-keys':
      return { kind: 'keys', name: `${operation.user}/${operation.set}` };
    case 'trust-certificates':
      return { kind: 'certificates', name: operation.folder };
    default:
      return undefined;
  }
}

/** A set of keys, as its file holds it. */
export const setText = (keys: readonly string[]): string => `${keys.join('\n')}\n`;

export const hashOf = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');

/**
 * The manifest's items of a source, as they will be after these operations. What exists already and is in no
 * record is not ours; a record, once ours, stays ours, with what it first took the place of.
 */
export function itemsAfter(
  known: readonly ManifestItem[],
  operations: readonly Operation[],
  priorOf: (key: string) => Prior | undefined,
): ManifestItem[] {
  const old = new Map(known.map((item) => [keyOf(item), item]));
  const items = new Map<string, ManifestItem>();
  for (const operation of operations) {
    const item = itemOf(operation);
    if (item === undefined) continue;
    const key = keyOf(item);
    const record = old.get(key);
    const prior = priorOf(key);
    const before = prior?.before ?? record?.before;
    const { created, folders = [] } = record ?? prior ?? {};
    const was = prior?.written ?? (record?.sha256 === item.sha256 ? record?.was : record?.sha256);
    items.set(key, {
      ...item,
      ours: record?.ours ?? prior?.settled !== true,
      ...(was === undefined ? {} : { was }),
      ...(before === undefined ? {} : { before }),
      ...(created === undefined ? {} : { created }),
      ...(folders.length === 0 ? {} : { folders }),
    });
  }
  return [...items.values()];
}

/** After the run: what failed keeps its earlier record, or none; what was undone has none any more. */
export function itemsKept(
  known: readonly ManifestItem[],
  applied: readonly Applied[],
  after: readonly ManifestItem[],
): ManifestItem[] {
  const old = new Map(known.map((item) => [keyOf(item), item]));
  const items = new Map(after.map((item) => [keyOf(item), item]));
  for (const { operation, outcome } of applied) {
    if (operation.kind === 'undo') {
      if (outcome.result === 'failed') items.set(keyOf(operation.item), operation.item);
      continue;
    }
    const item = itemOf(operation);
    if (item === undefined) continue;
    const record = old.get(keyOf(item));
    if (outcome.result !== 'failed') {
      const now = items.get(keyOf(item));
      if (now?.was !== undefined) items.set(keyOf(item), withoutWas(now));
    } else if (record === undefined) items.delete(keyOf(item));
    else items.set(keyOf(item), record);
  }
  return [...items.values()];
}

function withoutWas({ was: _, ...item }: ManifestItem): ManifestItem {
  return item;
}

/**
 * Whether a source is the system's own, from below /usr/share. Every other source's word is superior: what one
 * of them wrote, the system's leaves as it is.
 */
export const isSystemSource = (source: string): boolean => source.startsWith('local-file:/usr/share/');

/** What a source had asked for and does not any more, unless another source, or another operation, wants it. */
export function leftovers(
  manifest: Manifest,
  source: string,
  operations: readonly Operation[],
): ManifestItem[] {
  const wanted = new Set<string>();
  const paths = new Set<string>();
  for (const operation of operations) {
    const item = itemOf(operation);
    if (item !== undefined) wanted.add(keyOf(item));
    if ('path' in operation) paths.add(operation.path);
  }
  for (const [other, items] of Object.entries(manifest.sources)) {
    if (other === source) continue;
    for (const item of items) {
      wanted.add(keyOf(item));
      if (['file', 'append', 'mask'].includes(item.kind)) paths.add(item.name);
    }
  }
  return (manifest.sources[source] ?? []).filter(
    (item) => item.ours && !wanted.has(keyOf(item)) && !paths.has(item.name),
  );
}

/**
 * The records of all sources after a run of one. What it does not ask for any more and another one does is
 * the other's from then on, with what it first took the place of, and with what now stands there.
 */
export function sourcesAfter(
  manifest: Manifest,
  source: string,
  items: readonly ManifestItem[],
): Manifest['sources'] {
  const kept = new Set(items.map(keyOf));
  const gone = new Map((manifest.sources[source] ?? []).map((item) => [keyOf(item), item]));
  for (const key of kept) gone.delete(key);
  const others = Object.entries(manifest.sources).map(([name, theirs]) => [
    name,
    theirs.map((item) => inherited(item, gone.get(keyOf(item)))),
  ]);
  return { ...Object.fromEntries(others), [source]: items };
}

function inherited(item: ManifestItem, from: ManifestItem | undefined): ManifestItem {
  if (from === undefined) return item;
  const { before = from.before, folders = from.folders, created = from.created } = item;
  const was = from.sha256 === item.sha256 ? item.was : from.sha256;
  return {
    ...item,
    ours: item.ours || from.ours,
    ...(was === undefined ? {} : { was }),
    ...(before === undefined ? {} : { before }),
    ...(folders === undefined ? {} : { folders }),
    ...(created === undefined ? {} : { created }),
  };
}
