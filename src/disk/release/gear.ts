// Where a file is cut into chunks: by what is in it, so that what an insertion shifts is cut at the same places.
// FastCDC (Xia et al., USENIX ATC 2016) with a gear hash of 32 bits, and a table that anybody can make.

import { createHash } from 'node:crypto';

/** The smallest chunk but the last, and the largest, in bytes. They have some 20 KiB on average. */
export const minChunkBytes = 4 * 1024;
export const maxChunkBytes = 64 * 1024;
const middleBytes = 16 * 1024;

/** 256 random words: SHA-256 of “keelson chunks 0” to “keelson chunks 31”, as little-endian words. */
const table = Int32Array.from({ length: 256 }, (_, index) =>
  digestOf(`keelson chunks ${index >> 3}`).readInt32LE((index & 7) * 4),
);

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

// Fewer places fit before the middle than behind it, which keeps sizes near it. The upper bits of the hash are
// those that the last 32 bytes all have a part in.
const rareShift = 32 - 16;
const commonShift = 32 - 12;

/**
 * The length of the chunk that begins at `start`; `end` is where the bytes end that are there.
 * A result of `end - start` that is less than `maxChunkBytes` is the file's end, or needs more bytes to tell.
 */
export function chunkLength(bytes: Uint8Array, start: number, end: number): number {
  const limit = Math.min(end, start + maxChunkBytes);
  const middle = Math.min(limit, start + middleBytes);
  let hash = 0;
  let at = start + minChunkBytes;
  for (; at < middle; at++) {
    // `at` is below `end`, and a byte an index of the table.
    hash = ((hash << 1) + (table[bytes[at] as number] as number)) | 0;
    if (hash >>> rareShift === 0) return at + 1 - start;
  }
  for (; at < limit; at++) {
    hash = ((hash << 1) + (table[bytes[at] as number] as number)) | 0;
    if (hash >>> commonShift === 0) return at + 1 - start;
  }
  return limit - start;
}
