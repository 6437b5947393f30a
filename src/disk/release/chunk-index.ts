// The index of a file's chunks, in the order of the file: each chunk's length and SHA-256. Pure.
//
//   0  8   “KEELCHNK”
//   8  4   1, the version of this format; all numbers are little-endian
//  12  4   number of chunks
//  16  8   bytes of the file
//  24  36  for each chunk: 4 its length, 32 its SHA-256

import { diskErrors } from '../errors.ts';
import { maxChunkBytes } from './gear.ts';

const magic = Buffer.from('KEELCHNK');
const headerBytes = 24;
const recordBytes = 36;
const digestBytes = 32;

/** A file cut into chunks without gaps. */
export interface ChunkIndex {
  readonly bytes: number;
  readonly count: number;
  /** Where chunk `index` begins; `offset(count)` is the end. */
  offset(index: number): number;
  length(index: number): number;
  /** SHA-256 of the chunk; 32 bytes. */
  digest(index: number): Buffer;
}

/** What no index is larger than, for a file of so many bytes. */
export function maxIndexBytes(fileBytes: number): number {
  // Other tools may cut finer than we do, though not into dust.
  return headerBytes + recordBytes * (Math.ceil(fileBytes / 4096) + 1);
}

/** The index of chunks that come in the order of the file. */
export function formatChunkIndex(
  chunks: readonly { readonly length: number; readonly digest: Uint8Array }[],
): Buffer {
  const index = Buffer.alloc(headerBytes + recordBytes * chunks.length);
  magic.copy(index);
  index.writeUInt32LE(1, 8);
  index.writeUInt32LE(chunks.length, 12);
  index.writeBigUInt64LE(BigInt(chunks.reduce((sum, { length }) => sum + length, 0)), 16);
  for (const [position, { length, digest }] of chunks.entries()) {
    const at = headerBytes + position * recordBytes;
    index.writeUInt32LE(length, at);
    index.set(digest, at + 4);
  }
  return index;
}

/** Reads an index for a file of `fileBytes`. Throws `disk.damaged`, naming `path` and the offset that is wrong. */
export function parseChunkIndex(bytes: Buffer, fileBytes: number, path: string): ChunkIndex {
  const damaged = (offset: number, what: string) =>
    diskErrors.error('damaged', `${path} is no index of chunks: at offset ${offset} ${what}.`);
  if (bytes.length < headerBytes || !bytes.subarray(0, 8).equals(magic))
    throw damaged(0, 'it does not begin as one');
  const version = bytes.readUInt32LE(8);
  if (version !== 1) throw damaged(8, `its version is ${version}, expected 1`);
  const count = bytes.readUInt32LE(12);
  if (bytes.length !== headerBytes + count * recordBytes) {
    throw damaged(12, `it names ${count} chunks, which ${bytes.length} bytes do not hold`);
  }
  const named = bytes.readBigUInt64LE(16);
  if (named !== BigInt(fileBytes)) throw damaged(16, `it is for ${named} bytes, not for ${fileBytes}`);
  const offsets = new Float64Array(count + 1);
  for (let index = 0; index < count; index++) {
    const at = headerBytes + index * recordBytes;
    const length = bytes.readUInt32LE(at);
    if (length < 1 || length > maxChunkBytes) throw damaged(at, `a chunk has ${length} bytes`);
    offsets[index + 1] = (offsets[index] ?? 0) + length;
  }
  const end = offsets[count] ?? 0;
  if (end !== fileBytes) throw damaged(headerBytes, `its chunks have ${end} bytes together`);
  const offset = (index: number) => offsets[index] ?? end;
  return {
    bytes: fileBytes,
    count,
    offset,
    length: (index) => offset(index + 1) - offset(index),
    digest(index) {
      const at = headerBytes + index * recordBytes + 4;
      return bytes.subarray(at, at + digestBytes);
    },
  };
}
