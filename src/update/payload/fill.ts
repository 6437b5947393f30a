// A file put together out of what is here and what is fetched: each chunk is hashed before it is written, wherever
// its bytes are from, and what is in its place already is left there.

import type { FileHandle } from 'node:fs/promises';
import {
  type BlockHashes,
  type ByteRange,
  type ChunkIndex,
  chunkDigest,
  compareFile,
  fetchRanges,
  type HashThreads,
  joinPieces,
  openSources,
  type Piece,
  type Source,
} from '../../disk/index.ts';
import { type Batch, batchesOf, faultyChunks } from './batches.ts';
import { payloadError } from './errors.ts';
import { keptChunks } from './kept-chunks.ts';
import type { Mirror, Mirrors } from './mirrors.ts';
import type { Arrived, RemoteFile } from './remote-file.ts';
import { Writer } from './writer.ts';

export interface FillJob {
  readonly target: FileHandle;
  readonly index: ChunkIndex;
  /** Files of the running system that may have some of it. */
  readonly sources: readonly Source[];
  readonly blocks?: BlockHashes;
  readonly remote: RemoteFile;
  readonly mirrors: Mirrors;
  /** Who hashes. */
  readonly threads: HashThreads;
  /** For messages: the file's name. */
  readonly name: string;
  /** Bytes that are in their place. */
  readonly onBytes: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** Where the bytes were from. */
export interface Filled {
  readonly kept: number;
  readonly copied: number;
  readonly fetched: number;
}

/**
 * Fills the target. Throws `update.payload.hash` for a chunk that no mirror has as it was signed, what the system
 * says of writing, and what fetching throws.
 */
export async function fillTarget(job: FillJob): Promise<Filled> {
  const { index, blocks, signal, threads } = job;
  const kept = await keptChunks(job);
  const sources = kept.chunks === index.count ? [] : job.sources;
  const pieces = await compareFile({
    ...{ index, sources, threads },
    ...(blocks === undefined ? {} : { blocks }),
    ...(signal === undefined ? {} : { signal }),
  });
  const wanted = function* () {
    for (let chunk = 0; chunk < index.count; chunk++) if (!kept.has(chunk)) yield* pieces.of(chunk);
  };
  const counts = { kept: kept.bytes, copied: 0, fetched: 0 };
  await using opened = await openSources(sources);
  const fetched = new Fetched(job.remote.read(fetchRanges(wanted())));
  await using writer = new Writer(job.target);
  try {
    for (const batch of batchesOf(index, (chunk) => !kept.has(chunk))) {
      signal?.throwIfAborted();
      const room = await writer.room();
      const content = Buffer.from(room, 0, batch.length);
      const parts = joinPieces(batch.chunks.flatMap((chunk) => pieces.of(chunk)));
      await gather(content, batch.offset, parts, opened.files, fetched);
      const written = () => {
        for (const { length, from } of parts) counts[from === undefined ? 'fetched' : 'copied'] += length;
        job.onBytes(counts.kept + counts.copied + counts.fetched);
      };
      writer.write(room, batch, () => mend(job, batch, room), written);
    }
    await writer.flush();
  } finally {
    await fetched.close();
  }
  return counts;
}

/** Puts the pieces of a batch together. A source that cannot be read leaves its place as it is: the hash tells. */
async function gather(
  content: Buffer,
  begin: number,
  pieces: readonly Piece[],
  files: readonly (FileHandle | undefined)[],
  fetched: Fetched,
): Promise<void> {
  for (const { offset, length, from } of pieces) {
    const at = offset - begin;
    if (from === undefined) await fetched.take(content.subarray(at, at + length), offset);
    else await files[from.source]?.read(content, at, length, from.offset).catch(() => undefined);
  }
}

/** Hashes the chunks of a batch, and fetches those anew that are not as they were signed. */
async function mend(job: FillJob, batch: Batch, room: SharedArrayBuffer): Promise<void> {
  const { index, threads } = job;
  for (const chunk of await faultyChunks(threads, index, batch, room)) {
    const [offset, length] = [index.offset(chunk), index.length(chunk)];
    const whole = await refetch(job, { offset, length }, index.digest(chunk));
    Buffer.from(room).set(whole, offset - batch.offset);
  }
}

/** A chunk that did not fit, as each mirror in turn has it. */
async function refetch(
  { remote, mirrors, name }: FillJob,
  range: ByteRange,
  digest: Buffer,
): Promise<Buffer> {
  for (;;) {
    const mirror: Mirror = mirrors.current;
    const pieces: Buffer[] = [];
    // What is being read goes on meanwhile.
    for await (const { bytes } of remote.another().read([range])) pieces.push(bytes);
    const content = Buffer.concat(pieces);
    if (chunkDigest(content).equals(digest)) return content;
    mirrors.drop(
      mirror,
      payloadError(
        'hash',
        `${mirror.base}${name} is not what was signed: the chunk of ${range.length} bytes at offset ${range.offset} ` +
          'has another SHA-256.',
      ),
    );
  }
}

/** What arrives, taken in the lengths that are wanted; what was only fetched along is passed over. */
class Fetched {
  readonly #arrived: AsyncGenerator<Arrived, void, undefined>;
  #last: Arrived = { offset: 0, bytes: Buffer.alloc(0) };

  constructor(arrived: AsyncGenerator<Arrived, void, undefined>) {
    this.#arrived = arrived;
  }

  /** Fills `into` with the bytes from `offset` on. */
  async take(into: Buffer, offset: number): Promise<void> {
    for (let done = 0; done < into.length; ) {
      const skipped = offset + done - this.#last.offset;
      if (skipped >= this.#last.bytes.length) {
        const { done: ended, value } = await this.#arrived.next();
        if (ended === true) throw payloadError('transfer', 'The transfer ended early.');
        this.#last = value;
        continue;
      }
      done += this.#last.bytes.copy(into, done, skipped);
    }
  }

  async close(): Promise<void> {
    await this.#arrived.return();
  }
}
