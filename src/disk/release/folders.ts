// What would travel between two releases in folders.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseChunkIndex } from './chunk-index.ts';
import { indexFile } from './chunker.ts';
import { compareFile, type Source } from './compare.ts';
import { fetchRanges, rangeBytes } from './difference.ts';
import { filesOf, manifestFile, type ReleaseFile, type ReleaseManifest, type ReleasePart } from './model.ts';

interface Folder {
  readonly folder: string;
  readonly manifest: ReleaseManifest;
}

export interface PartDifference {
  readonly part: ReleasePart | 'manifest';
  readonly bytes: number;
  /** Of the file and of its index. */
  readonly fetched: number;
  readonly requests: number;
}

export interface ReleaseDifference {
  readonly parts: readonly PartDifference[];
  readonly bytes: number;
  readonly fetched: number;
}

/**
 * What a machine that runs `old` fetches of `next`. A release without indexes is compared as if it had them.
 * Throws what reading throws.
 */
export async function differenceOf(
  old: Folder,
  next: Folder,
  onProgress: (part: ReleasePart, done: number, total: number) => void = () => {},
): Promise<ReleaseDifference> {
  const manifestBytes = (await stat(join(next.folder, manifestFile))).size;
  const parts: PartDifference[] = [
    { part: 'manifest', bytes: manifestBytes, fetched: manifestBytes, requests: 1 },
  ];
  for (const [part, file] of filesOf(next.manifest)) {
    parts.push(await partDifference(old, next, part, file, (done, total) => onProgress(part, done, total)));
  }
  const sum = (key: 'bytes' | 'fetched') => parts.reduce((total, one) => total + one[key], 0);
  return { parts, bytes: sum('bytes'), fetched: sum('fetched') };
}

async function partDifference(
  old: Folder,
  next: Folder,
  part: ReleasePart,
  { bytes, chunks, file }: ReleaseFile,
  onProgress: (done: number, total: number) => void,
): Promise<PartDifference> {
  // The tree is fetched whole: it has a hash of everything that changed.
  if (part === 'verity') return { part, bytes, fetched: bytes, requests: 1 };
  const path = join(next.folder, chunks?.file ?? '');
  const raw = chunks === undefined ? await indexFile(join(next.folder, file)) : await readFile(path);
  const before = old.manifest[part];
  const sources: Source[] =
    before === undefined ? [] : [{ path: join(old.folder, before.file), bytes: before.bytes }];
  const { verity } = next.manifest;
  const compared = await compareFile({
    index: parseChunkIndex(raw, bytes, path),
    sources,
    onProgress,
    ...(part === 'usr' ? { blocks: { tree: join(next.folder, verity.file), salt: verity.salt } } : {}),
  });
  const ranges = fetchRanges(compared);
  return { part, bytes, fetched: rangeBytes(ranges) + raw.length, requests: ranges.length + 1 };
}
