// The hashing of an update, as jobs of plain data that any thread can do (hash-threads.ts). They read for themselves,
// by the numbers of open files, and give back what is cheap to send.

import { hash } from 'node:crypto';
import { readSync } from 'node:fs';
import { chunkLength, maxChunkBytes } from './gear.ts';
import { blockBytes, digestBytes } from './tree-leaves.ts';

/** Chunks that lie one behind the other from the beginning of `bytes`. */
export interface DigestsJob {
  readonly kind: 'digests';
  readonly bytes: SharedArrayBuffer;
  readonly lengths: Uint32Array;
}

/** The chunks that begin between `from` and `to` of a file of `bytes`. */
export interface ScanJob {
  readonly kind: 'scan';
  readonly fd: number;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

export interface ScannedChunks {
  readonly offsets: Float64Array<ArrayBuffer>;
  /** 32 bytes each. */
  readonly digests: Uint8Array<ArrayBuffer>;
}

/** Blocks of files against the leaves of a hash tree. */
export interface BlocksJob {
  readonly kind: 'blocks';
  /** The tree's file, and where its leaves begin. */
  readonly tree: number;
  readonly leaves: number;
  readonly salt: Uint8Array;
  readonly runs: readonly BlockRun[];
}

/** `count` blocks from `offset` of a file on, which may be those from number `block` on. */
export interface BlockRun {
  readonly fd: number;
  readonly offset: number;
  readonly block: number;
  readonly count: number;
}

export type HashJob = DigestsJob | ScanJob | BlocksJob;

/** What a job gives back: digests of 32 bytes; chunks; for each block of all runs 1 where it fits, else 0. */
export interface HashResults {
  readonly digests: Uint8Array<ArrayBuffer>;
  readonly scan: ScannedChunks;
  readonly blocks: Uint8Array<ArrayBuffer>;
}

/** Does it, at once. Throws what reading throws. */
export function doHashJob(job: HashJob): HashResults[HashJob['kind']] {
  if (job.kind === 'digests') return digestsOf(job);
  if (job.kind === 'scan') return scan(job);
  return fittingBlocks(job);
}

function digestsOf({ bytes, lengths }: DigestsJob): Uint8Array<ArrayBuffer> {
  const all = Buffer.from(bytes);
  const digests = Buffer.alloc(lengths.length * digestBytes);
  let at = 0;
  for (const [index, length] of lengths.entries()) {
    // Texts, since a buffer for each digest costs more than what is in it.
    digests.write(digestText(all.subarray(at, at + length)), index * digestBytes, 'latin1');
    at += length;
  }
  return digests;
}

const digestText = (bytes: Uint8Array): string => hash('sha256', bytes, 'binary');

/** How much of a file one job looks at: longer ones would hold up a thread that has other things to do. */
export const scanBytes = 2 * 1024 * 1024;
/** Cuts are found anew from this far before: by then they are those of the whole file. */
const runUpBytes = 96 * 1024;
/** For files that are read; one for each thread, made when it is needed. */
let room: Buffer | undefined;

function scan({ fd, from, to, bytes }: ScanJob): ScannedChunks {
  const begin = Math.max(0, from - runUpBytes);
  const wanted = Math.min(bytes, to + maxChunkBytes) - begin;
  const buffer = read(fd, begin, wanted);
  const offsets: number[] = [];
  const texts: string[] = [];
  for (let at = 0; at < buffer.length && begin + at < to; ) {
    const length = chunkLength(buffer, at, buffer.length);
    if (begin + at >= from) {
      offsets.push(begin + at);
      texts.push(digestText(buffer.subarray(at, at + length)));
    }
    at += length;
  }
  const digests = Buffer.alloc(texts.length * digestBytes);
  for (const [index, text] of texts.entries()) digests.write(text, index * digestBytes, 'latin1');
  return { offsets: Float64Array.from(offsets), digests };
}

function fittingBlocks({ tree, leaves, salt, runs }: BlocksJob): Uint8Array<ArrayBuffer> {
  const fits = new Uint8Array(runs.reduce((sum, { count }) => sum + count, 0));
  const salted = Buffer.concat([salt, Buffer.alloc(blockBytes)]);
  let next = 0;
  for (const { fd, offset, block, count } of runs) {
    const wanted = Buffer.alloc(count * digestBytes);
    const known = readSync(tree, wanted, 0, wanted.length, leaves + block * digestBytes);
    const buffer = read(fd, offset, count * blockBytes);
    for (let index = 0; index < count; index++, next++) {
      const [at, leaf] = [index * blockBytes, index * digestBytes];
      if (at + blockBytes > buffer.length || leaf + digestBytes > known) continue;
      buffer.copy(salted, salt.length, at, at + blockBytes);
      if (digestText(salted) === wanted.toString('latin1', leaf, leaf + digestBytes)) fits[next] = 1;
    }
  }
  return fits;
}

/** Up to so many bytes; good until the next call. */
function read(fd: number, offset: number, length: number): Buffer {
  if (room === undefined || room.length < length) {
    room = Buffer.allocUnsafeSlow(Math.max(length, scanBytes + runUpBytes + maxChunkBytes));
  }
  let end = 0;
  while (end < length) {
    const bytesRead = readSync(fd, room, end, length - end, offset + end);
    if (bytesRead === 0) break;
    end += bytesRead;
  }
  return room.subarray(0, end);
}
