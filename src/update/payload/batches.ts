// Chunks that follow each other, read, hashed and written together.

import type { ChunkIndex, HashThreads } from '../../disk/index.ts';

/** What travels is not written before a batch of it is here: an interrupted run has to fetch that much again. */
export const batchBytes = 256 * 1024;

export interface Batch {
  readonly offset: number;
  readonly length: number;
  /** Their numbers. */
  readonly chunks: readonly number[];
}

/** The chunks that `isWanted`, in batches without gaps. */
export function* batchesOf(
  index: ChunkIndex,
  isWanted: (chunk: number) => boolean,
): Generator<Batch, void, undefined> {
  let chunks: number[] = [];
  let [offset, length] = [0, 0];
  for (let chunk = 0; chunk < index.count; chunk++) {
    const own = index.length(chunk);
    if (chunks.length > 0 && (length + own > batchBytes || !isWanted(chunk))) {
      yield { offset, length, chunks };
      chunks = [];
    }
    if (!isWanted(chunk)) continue;
    if (chunks.length === 0) [offset, length] = [index.offset(chunk), 0];
    chunks.push(chunk);
    length += own;
  }
  if (chunks.length > 0) yield { offset, length, chunks };
}

/** The chunks of a batch whose bytes, at the beginning of `room`, are not those of the index. */
export async function faultyChunks(
  threads: HashThreads,
  index: ChunkIndex,
  { chunks }: Batch,
  room: SharedArrayBuffer,
): Promise<number[]> {
  const lengths = Uint32Array.from(chunks, (chunk) => index.length(chunk));
  const digests = await threads.run({ kind: 'digests', bytes: room, lengths });
  return chunks.filter((chunk, at) => !index.digest(chunk).equals(digests.subarray(at * 32, at * 32 + 32)));
}
