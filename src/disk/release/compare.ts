// Looks for the chunks of a new file in files that are here, and for the blocks of those that are not.

import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { ChunkIndex } from './chunk-index.ts';
import { chunkDigest, chunksOf } from './chunker.ts';
import { joinPieces, likelyPlaces, type Piece, type Place, wholePieces } from './difference.ts';
import { maxChunkBytes } from './gear.ts';
import { blockBytes, blockHasher, readLeaves } from './tree-leaves.ts';

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
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * For each chunk of the new file its pieces: where they are here, or that they have to be fetched. What is told is
 * a guess for who copies to verify: sources may change meanwhile. Sources that cannot be read have nothing.
 */
export async function compareFile(comparison: Comparison): Promise<Piece[][]> {
  const { index, sources, blocks } = comparison;
  const found = await scan(comparison);
  const whole = wholePieces(index, (digest) => found.get(keyOf(digest)));
  const chunks = whole.map((piece) => [piece]);
  // Without a single chunk in common it is another file altogether.
  if (blocks === undefined || found.size === 0) return chunks;
  await using opened = await openAll(sources);
  await using tree = await open(blocks.tree, 'r');
  const digestOf = blockHasher(Buffer.from(blocks.salt, 'hex'));
  const buffer = Buffer.alloc(maxChunkBytes + 2 * blockBytes);
  for (const [chunk, { offset, length, from }] of whole.entries()) {
    if (from !== undefined) continue;
    comparison.signal?.throwIfAborted();
    const first = Math.floor(offset / blockBytes);
    const count = Math.ceil((offset + length) / blockBytes) - first;
    const leaves = await readLeaves(tree, Math.ceil(index.bytes / blockBytes), first, count);
    const wanted = {
      offset: first * blockBytes,
      count,
      leaves,
      digestOf,
      buffer: buffer.subarray(0, count * blockBytes),
    };
    const places = likelyPlaces(whole, chunk).map((place) => before(place, offset - wanted.offset));
    const found = await findBlocks(opened.files, places, wanted);
    chunks[chunk] = joinPieces(cut(found, wanted.offset, offset, offset + length));
  }
  return chunks;
}

const keyOf = (digest: Buffer) => digest.toString('latin1');

const before = ({ source, offset }: Place, bytes: number): Place => ({ source, offset: offset - bytes });

/** The places of those chunks of the index that a source has. */
async function scan({ index, sources, onProgress, signal }: Comparison): Promise<Map<string, Place>> {
  const wanted = new Set<string>();
  for (let chunk = 0; chunk < index.count; chunk++) wanted.add(keyOf(index.digest(chunk)));
  const found = new Map<string, Place>();
  const total = sources.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const [source, { path, bytes }] of sources.entries()) {
    try {
      await using file = await open(path, 'r');
      for await (const chunk of chunksOf(file, bytes)) {
        signal?.throwIfAborted();
        const key = keyOf(chunkDigest(chunk.bytes));
        if (wanted.has(key) && !found.has(key)) found.set(key, { source, offset: chunk.offset });
        onProgress?.(done + chunk.offset + chunk.length, total);
      }
    } catch (error) {
      // A running slot with a block that cannot be read costs a transfer, not the update.
      signal?.throwIfAborted();
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
    done += bytes;
  }
  return found;
}

interface WantedBlocks {
  /** Of the first block, in the new file. */
  readonly offset: number;
  readonly count: number;
  readonly leaves: Buffer;
  readonly digestOf: (block: Buffer) => Buffer;
  /** To read them into. */
  readonly buffer: Buffer;
}

/** For each block where it is, looked for at these places of the first one. */
async function findBlocks(
  files: readonly (FileHandle | undefined)[],
  places: readonly Place[],
  { count, leaves, digestOf, buffer }: WantedBlocks,
): Promise<(Place | undefined)[]> {
  const found: (Place | undefined)[] = new Array(count).fill(undefined);
  for (const { source, offset } of places) {
    const skipped = Math.max(0, Math.ceil(-offset / blockBytes)) * blockBytes;
    const length = buffer.length - skipped;
    if (length <= 0 || !found.includes(undefined)) continue;
    const read = await files[source]?.read(buffer, skipped, length, offset + skipped).catch(() => undefined);
    const end = skipped + (read?.bytesRead ?? 0);
    for (let block = skipped / blockBytes; (block + 1) * blockBytes <= end; block++) {
      if (found[block] !== undefined) continue;
      const bytes = buffer.subarray(block * blockBytes, (block + 1) * blockBytes);
      const leaf = leaves.subarray(block * 32, block * 32 + 32);
      if (digestOf(bytes).equals(leaf)) found[block] = { source, offset: offset + block * blockBytes };
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
async function openAll(sources: readonly Source[]) {
  const files = await Promise.all(sources.map(({ path }) => open(path, 'r').catch(() => undefined)));
  return {
    files,
    async [Symbol.asyncDispose]() {
      for (const file of files) await file?.close();
    },
  };
}
