// Looks for the chunks of a new file in files that are here, and for the blocks of those that are not.

import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { ChunkIndex } from './chunk-index.ts';
import { joinPieces, likelyPlaces, type Neighbour, type Piece, Pieces, type Place } from './difference.ts';
import { DigestTable } from './digest-table.ts';
import { type BlockRun, scanBytes } from './hash-jobs.ts';
import { HashThreads, someAtOnce } from './hash-threads.ts';
import { blockBytes, digestBytes, leavesOffset } from './tree-leaves.ts';

/** A file or device that may have some of the bytes. */
export interface Source {
  readonly path: string;
  /** How much of it to look at. */
  readonly bytes: number;
}

/** The new file's hash tree, when it has one and it is here. */
export interface BlockHashes {
  readonly tree: string;
  /** 64 hexadecimal digits. */
  readonly salt: string;
}

export interface Comparison {
  readonly index: ChunkIndex;
  readonly sources: readonly Source[];
  readonly blocks?: BlockHashes;
  /** Who hashes; default: threads of its own. */
  readonly threads?: HashThreads;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Jobs on their way at once: for both threads, and some to go on with. */
const width = 5;

/**
 * For each chunk of the new file its pieces: where they are here, or that they have to be fetched. What is told is
 * a guess for who copies to verify: sources may change meanwhile. Sources that cannot be read have nothing.
 */
export async function compareFile(comparison: Comparison): Promise<Pieces> {
  const { index, sources, blocks } = comparison;
  const table = new DigestTable(index);
  const place = (chunk: number) => table.place(chunk);
  if (sources.length === 0) return new Pieces(index, place);
  await using own = comparison.threads === undefined ? new HashThreads() : undefined;
  const threads = comparison.threads ?? own ?? new HashThreads();
  await using opened = await openSources(sources);
  await scan(comparison, opened.files, threads, table);
  // Without a single chunk in common it is another file altogether.
  if (blocks === undefined || table.found === 0) return new Pieces(index, place);
  await using tree = await open(blocks.tree, 'r');
  const split = new Map<number, Piece[]>();
  const search = {
    ...{ threads, tree: tree.fd, salt: Buffer.from(blocks.salt, 'hex'), files: opened.files },
    leaves: leavesOffset(Math.ceil(index.bytes / blockBytes)),
  };
  await someAtOnce(missingChunks(index, table), width, async (missing) => {
    comparison.signal?.throwIfAborted();
    const found = await findBlocks(search, missing).catch(passOver);
    if (found === undefined) return;
    for (const [at, { chunk, offset, length, first }] of missing.entries()) {
      const pieces = cut(found[at] ?? [], first * blockBytes, offset, offset + length);
      split.set(chunk, joinPieces(pieces));
    }
  });
  return new Pieces(index, place, split);
}

/** Notes the places of those chunks of the index that a source has. */
async function scan(
  { sources, onProgress, signal }: Comparison,
  files: readonly (FileHandle | undefined)[],
  threads: HashThreads,
  table: DigestTable,
): Promise<void> {
  const total = sources.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  await someAtOnce(regions(sources), width, async ({ source, from, to, bytes }) => {
    signal?.throwIfAborted();
    const fd = files[source]?.fd;
    if (fd === undefined) return;
    // A running slot with a block that cannot be read costs a transfer, not the update.
    const found = await threads.run({ kind: 'scan', fd, from, to, bytes }).catch(passOver);
    for (const [at, offset] of (found?.offsets ?? []).entries()) {
      const digest = found?.digests.subarray(at * digestBytes, (at + 1) * digestBytes);
      if (digest !== undefined) table.note(asBuffer(digest), source, offset);
    }
    done += to - from;
    onProgress?.(done, total);
  });
}

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** What the system says of reading is passed over; anything else is thrown on. */
function passOver(error: unknown): undefined {
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) throw error;
}

function* regions(sources: readonly Source[]) {
  for (const [source, { bytes }] of sources.entries()) {
    for (let from = 0; from < bytes; from += scanBytes) {
      yield { source, from, to: Math.min(bytes, from + scanBytes), bytes };
    }
  }
}

interface Missing {
  readonly chunk: number;
  readonly offset: number;
  readonly length: number;
  /** The blocks that it is in. */
  readonly first: number;
  readonly count: number;
  /** Where the first of these blocks may be. */
  readonly places: readonly Place[];
}

/** So many chunks are looked for in one job. */
const perJob = 24;

/** The chunks that are nowhere, some at a time. */
function* missingChunks(index: ChunkIndex, table: DigestTable): Generator<readonly Missing[]> {
  let some: Missing[] = [];
  let before: Neighbour | undefined;
  let after = 0;
  for (let chunk = 0; chunk < index.count; chunk++) {
    const [offset, length, from] = [index.offset(chunk), index.length(chunk), table.place(chunk)];
    if (from !== undefined) {
      before = { offset, from };
      continue;
    }
    for (after = Math.max(after, chunk + 1); after < index.count; after++) {
      if (table.place(after) !== undefined) break;
    }
    const behind = after < index.count ? table.place(after) : undefined;
    const next = behind && { offset: index.offset(after), from: behind };
    const first = Math.floor(offset / blockBytes);
    const skipped = offset - first * blockBytes;
    const places = likelyPlaces(offset, [before, next]).map((place) => ({
      source: place.source,
      offset: place.offset - skipped,
    }));
    const count = Math.ceil((offset + length) / blockBytes) - first;
    some.push({ chunk, offset, length, first, count, places });
    if (some.length < perJob) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}

interface Search {
  readonly threads: HashThreads;
  readonly tree: number;
  readonly leaves: number;
  readonly salt: Uint8Array;
  readonly files: readonly (FileHandle | undefined)[];
}

/** For each block of each chunk where it is, looked for at one likely place after another. */
async function findBlocks(
  { threads, files, ...job }: Search,
  missing: readonly Missing[],
): Promise<(Place | undefined)[][]> {
  const found = missing.map(({ count }): (Place | undefined)[] => new Array(count).fill(undefined));
  for (let rank = 0; missing.some(({ places }) => rank < places.length); rank++) {
    const runs: (BlockRun & { readonly of: (Place | undefined)[]; readonly at: number; source: number })[] =
      [];
    for (const [index, { first, count, places }] of missing.entries()) {
      const [place, of] = [places[rank], found[index] ?? []];
      const fd = files[place?.source ?? -1]?.fd;
      if (place === undefined || fd === undefined || !of.includes(undefined)) continue;
      // A place may lie before the beginning of its file.
      const at = Math.min(count, Math.max(0, Math.ceil(-place.offset / blockBytes)));
      const offset = place.offset + at * blockBytes;
      runs.push({ fd, offset, block: first + at, count: count - at, of, at, source: place.source });
    }
    if (runs.length === 0) continue;
    const plain = runs.map(({ fd, offset, block, count }) => ({ fd, offset, block, count }));
    const fits = await threads.run({ kind: 'blocks', ...job, runs: plain });
    let next = 0;
    for (const { of, at, offset, count, source } of runs) {
      for (let block = 0; block < count; block++, next++) {
        if (fits[next] === 1) of[at + block] ??= { source, offset: offset + block * blockBytes };
      }
    }
  }
  return found;
}

/** Blocks as pieces, of them what lies between `from` and `to`. */
function cut(blocks: readonly (Place | undefined)[], begin: number, from: number, to: number): Piece[] {
  return blocks.map((place, block) => {
    const offset = Math.max(from, begin + block * blockBytes);
    const length = Math.min(to, begin + (block + 1) * blockBytes) - offset;
    const skipped = offset - (begin + block * blockBytes);
    return {
      offset,
      length,
      from: place && { source: place.source, offset: place.offset + skipped },
    };
  });
}

/** Opened for reading; undefined for what cannot be. */
export async function openSources(sources: readonly Source[]) {
  const files = await Promise.all(sources.map(({ path }) => open(path, 'r').catch(() => undefined)));
  return {
    files,
    async [Symbol.asyncDispose]() {
      for (const file of files) await file?.close();
    },
  };
}
