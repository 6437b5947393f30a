// A file read as chunks, in one pass with one buffer.

import { hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { formatChunkIndex } from './chunk-index.ts';
import { chunkLength, maxChunkBytes } from './gear.ts';

const bufferBytes = 4 * 1024 * 1024;

export interface Chunk {
  readonly offset: number;
  readonly length: number;
  /** Good until the next chunk is asked for. */
  readonly bytes: Buffer;
}

/** The chunks of the first `bytes` of an open file or device, in their order. */
export async function* chunksOf(file: FileHandle, bytes: number): AsyncGenerator<Chunk> {
  const buffer = Buffer.allocUnsafe(Math.max(2 * maxChunkBytes, Math.min(bufferBytes, bytes)));
  let [begin, end, read, size] = [0, 0, 0, bytes];
  while (read < size || begin < end) {
    if (end - begin < maxChunkBytes && read < size) {
      buffer.copyWithin(0, begin, end);
      [begin, end] = [0, end - begin];
      const { bytesRead } = await file.read(buffer, end, Math.min(buffer.length - end, size - read), read);
      // It is shorter than was said: what there is counts.
      if (bytesRead === 0) size = read;
      end += bytesRead;
      read += bytesRead;
      continue;
    }
    const length = chunkLength(buffer, begin, end);
    yield { offset: read - (end - begin), length, bytes: buffer.subarray(begin, begin + length) };
    begin += length;
  }
}

/** SHA-256 of a chunk. */
export function chunkDigest(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

/** The index of a file. */
export async function indexFile(path: string): Promise<Buffer> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const chunks: { length: number; digest: Buffer }[] = [];
  for await (const { length, bytes } of chunksOf(file, size)) {
    chunks.push({ length, digest: chunkDigest(bytes) });
  }
  return formatChunkIndex(chunks);
}
