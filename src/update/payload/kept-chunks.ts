// What an interrupted run has left in its place.

import type { FileHandle } from 'node:fs/promises';
import { type ChunkIndex, type HashThreads, someAtOnce } from '../../disk/index.ts';
import { type Batch, batchBytes, batchesOf, faultyChunks } from './batches.ts';

export interface KeptJob {
  readonly target: FileHandle;
  readonly index: ChunkIndex;
  readonly threads: HashThreads;
  readonly onBytes: (done: number) => void;
  readonly signal?: AbortSignal;
}

export interface Kept {
  has(chunk: number): boolean;
  readonly chunks: number;
  readonly bytes: number;
}

/** Read at once. */
const width = 3;
/** A run writes in the order of the file, but for what is on its way at once. */
const maxMissedBytes = 8 * 1024 * 1024;

/** The chunks that are there, by their hash alone. Ends its search where nothing was for a while. */
export async function keptChunks({ target, index, threads, onBytes, signal }: KeptJob): Promise<Kept> {
  const there = new Uint8Array(index.count);
  const rooms = Array.from({ length: width }, () => new SharedArrayBuffer(batchBytes));
  let [chunks, bytes, missed] = [0, 0, 0];
  const look = async (batch: Batch) => {
    signal?.throwIfAborted();
    const room = rooms.pop() ?? new SharedArrayBuffer(batchBytes);
    const { bytesRead } = await target.read(Buffer.from(room), 0, batch.length, batch.offset);
    const faulty = new Set(
      bytesRead < batch.length ? batch.chunks : await faultyChunks(threads, index, batch, room),
    );
    rooms.push(room);
    for (const chunk of batch.chunks) {
      const length = index.length(chunk);
      missed = faulty.has(chunk) ? missed + length : 0;
      if (faulty.has(chunk)) continue;
      there[chunk] = 1;
      chunks += 1;
      bytes += length;
    }
    onBytes(bytes);
  };
  await someAtOnce(
    batchesOf(index, () => missed < maxMissedBytes),
    width,
    look,
  );
  return { has: (chunk) => there[chunk] === 1, chunks, bytes };
}
