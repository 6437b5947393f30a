// A file put together out of what is here and what is fetched: each chunk is hashed before it is written, wherever
// its bytes are from, and what is in its place already is left there.

import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import {
  type BlockHashes,
  type ByteRange,
  type ChunkIndex,
  chunkDigest,
  compareFile,
  fetchRanges,
  maxChunkBytes,
  type Piece,
  type Source,
} from '../../disk/index.ts';
import { payloadError } from './errors.ts';
import type { Mirror, Mirrors } from './mirrors.ts';
import type { Arrived, RemoteFile } from './remote-file.ts';

export interface FillJob {
  readonly target: FileHandle;
  readonly index: ChunkIndex;
  /** Files of the running system that may have some of it. */
  readonly sources: readonly Source[];
  readonly blocks?: BlockHashes;
  readonly remote: RemoteFile;
  readonly mirrors: Mirrors;
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

/** Writes wait for each other only when so many are on their way. */
const maxWrites = 8;
/** An interrupted run leaves at most that many chunks out of order. */
const maxMissesInARow = 2 * maxWrites;
/** Synced this often, so that no gibibyte waits at the end. */
const syncBytes = 64 * 1024 * 1024;

/**
 * Fills the target. Throws `update.payload.hash` for a chunk that no mirror has as it was signed, what the system
 * says of writing, and what fetching throws.
 */
export async function fillTarget(job: FillJob): Promise<Filled> {
  const { index, sources, blocks, signal } = job;
  const kept = await keptChunks(job);
  const compared = await compareFile({
    index,
    sources: kept.size === index.count ? [] : sources,
    ...(blocks === undefined ? {} : { blocks }),
    ...(signal === undefined ? {} : { signal }),
  });
  const wanted = compared.map((pieces, chunk) => (kept.has(chunk) ? [] : pieces));
  const bytes = [...kept].reduce((sum, chunk) => sum + index.length(chunk), 0);
  const counts = { kept: bytes, copied: 0, fetched: 0 };
  await using opened = await openSources(sources);
  const fetched = new Fetched(job.remote.read(fetchRanges(wanted.flat())));
  await using writer = new Writer(job.target);
  try {
    for (const [chunk, pieces] of wanted.entries()) {
      if (pieces.length === 0) continue;
      signal?.throwIfAborted();
      const buffer = await writer.buffer();
      const content = buffer.subarray(0, index.length(chunk));
      const offset = index.offset(chunk);
      await gather(content, offset, pieces, opened.files, fetched);
      const whole = chunkDigest(content).equals(index.digest(chunk))
        ? content
        : await refetch(job, { offset, length: content.length }, index.digest(chunk));
      await writer.write(buffer, whole, offset);
      for (const { length, from } of pieces) counts[from === undefined ? 'fetched' : 'copied'] += length;
      job.onBytes(counts.kept + counts.copied + counts.fetched);
    }
  } finally {
    await fetched.close();
  }
  await writer.flush();
  return counts;
}

/** The chunks that an interrupted run has left in their place, by their hash alone. */
async function keptChunks({ target, index, signal, onBytes }: FillJob): Promise<Set<number>> {
  const kept = new Set<number>();
  const buffer = Buffer.alloc(maxChunkBytes);
  let bytes = 0;
  for (let chunk = 0, misses = 0; chunk < index.count && misses < maxMissesInARow; chunk++) {
    signal?.throwIfAborted();
    const length = index.length(chunk);
    const { bytesRead } = await target.read(buffer, 0, length, index.offset(chunk));
    if (bytesRead === length && chunkDigest(buffer.subarray(0, length)).equals(index.digest(chunk))) {
      kept.add(chunk);
      bytes += length;
      misses = 0;
      onBytes(bytes);
    } else misses += 1;
  }
  return kept;
}

/** Puts the pieces of a chunk together. A source that cannot be read leaves its place as it is: the hash tells. */
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

/** A chunk that did not fit, as each mirror in turn has it. */
async function refetch(
  { remote, mirrors, name }: FillJob,
  range: ByteRange,
  digest: Buffer,
): Promise<Buffer> {
  for (;;) {
    const mirror: Mirror = mirrors.current;
    const pieces: Buffer[] = [];
    for await (const { bytes } of remote.read([range])) pieces.push(bytes);
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

/**
 * Writes that overlap with fetching and hashing, a few at once. Their buffers are used again and again: what is left
 * to be collected adds up to more than all that is needed.
 */
class Writer implements AsyncDisposable {
  readonly #target: FileHandle;
  readonly #free: Buffer[] = Array.from({ length: maxWrites }, () => Buffer.allocUnsafeSlow(maxChunkBytes));
  readonly #running = new Set<Promise<void>>();
  #unsynced = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(target: FileHandle) {
    this.#target = target;
  }

  /** A buffer for a chunk, good until its write has ended; waits while all are on their way. */
  async buffer(): Promise<Buffer> {
    while (this.#free.length === 0) await Promise.race(this.#running);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(maxChunkBytes);
  }

  /** Begins to write `bytes`, which are those of `buffer` or stand in for them. Throws what an earlier write threw. */
  async write(buffer: Buffer, bytes: Buffer, offset: number): Promise<void> {
    const writing = this.#whole(bytes, offset)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#running.delete(writing);
        this.#free.push(buffer);
      });
    this.#running.add(writing);
    this.#unsynced += bytes.length;
    if (this.#unsynced >= syncBytes) await this.flush();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Waits for all, and for the disk. */
  async flush(): Promise<void> {
    await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#unsynced = 0;
    await this.#target.datasync();
  }

  /** Nothing is written behind the back of who gave up. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running);
  }

  async #whole(bytes: Buffer, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      done += (await this.#target.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
    }
  }
}

async function openSources(sources: readonly Source[]) {
  const files = await Promise.all(sources.map(({ path }) => open(path, 'r').catch(() => undefined)));
  return {
    files,
    async [Symbol.asyncDispose]() {
      for (const file of files) await file?.close();
    },
  };
}
