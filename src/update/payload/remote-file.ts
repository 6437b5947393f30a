// A file on mirrors, read by ranges: on from where it was cut off, from the next mirror when one fails, several small
// ranges at once, and as a whole from servers that send no ranges.

import type { ByteRange } from '../../disk/index.ts';
import { Cursor } from './cursor.ts';
import { payloadError, statusError } from './errors.ts';
import type { HttpClient } from './http-get.ts';
import type { Mirror, Mirrors } from './mirrors.ts';
import { readRangeAnswer, type Validator } from './range-answer.ts';
import type { Throttle } from './throttle.ts';

export interface RemoteOptions {
  readonly client: HttpClient;
  readonly mirrors: Mirrors;
  readonly throttle: Throttle;
  /** Told of all bytes that came. */
  readonly onBytes: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Ranges up to this size are held in memory whole, so many of them ahead of the reader. */
const smallBytes = 256 * 1024;
const ahead = 6;

export interface Arrived {
  readonly offset: number;
  readonly bytes: Buffer;
}

export class RemoteFile {
  readonly #options: RemoteOptions;
  readonly #name: string;
  readonly #total: number;
  readonly #validators = new Map<Mirror, Validator>();
  /** The body of a server that sends no ranges, as far as it was read. */
  #whole: { readonly mirror: Mirror; readonly cursor: Cursor } | undefined;

  /** The file `name` (a plain name, checked) of exactly `total` bytes. */
  constructor(options: RemoteOptions, name: string, total: number) {
    this.#options = options;
    this.#name = name;
    this.#total = total;
  }

  /** The same file, read by somebody else at the same time. */
  another(): RemoteFile {
    return new RemoteFile(this.#options, this.#name, this.#total);
  }

  /**
   * The bytes of these ranges, which ascend, in pieces in their order.
   * Throws what the last mirror's failure was (update.payload.…) when all of them failed.
   */
  async *read(ranges: readonly ByteRange[]): AsyncGenerator<Arrived, void, undefined> {
    const waiting = new Map<number, Promise<Buffer>>();
    // Who stops reading does not wait for what was asked for ahead.
    const stop = new AbortController();
    const outer = this.#options.signal;
    const signal = outer === undefined ? stop.signal : AbortSignal.any([outer, stop.signal]);
    try {
      for (const [index, range] of ranges.entries()) {
        if (!this.#isQuick(range)) {
          yield* this.#stream(range, signal);
          continue;
        }
        for (let next = index; next < index + ahead; next++) {
          const later = ranges[next];
          if (later === undefined || !this.#isQuick(later)) break;
          if (waiting.has(next)) continue;
          const fetched = this.#fetch(later, signal);
          // It is looked at when its turn comes.
          fetched.catch(() => {});
          waiting.set(next, fetched);
        }
        const bytes = (await waiting.get(index)) ?? (await this.#fetch(range, signal));
        waiting.delete(index);
        yield { offset: range.offset, bytes };
      }
    } finally {
      stop.abort();
      this.#forget();
      await Promise.allSettled(waiting.values());
    }
  }

  /** The whole of one range. */
  async #fetch(range: ByteRange, signal: AbortSignal): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const { bytes } of this.#stream(range, signal)) pieces.push(bytes);
    return Buffer.concat(pieces);
  }

  #isQuick({ length }: ByteRange): boolean {
    return length <= smallBytes && this.#options.mirrors.current.ranges === true;
  }

  async *#stream(
    { offset, length }: ByteRange,
    signal: AbortSignal,
  ): AsyncGenerator<Arrived, void, undefined> {
    const { mirrors, throttle, onBytes } = this.#options;
    const end = offset + length;
    for (let at = offset; at < end; ) {
      const mirror = mirrors.current;
      let cursor: Cursor | undefined;
      try {
        cursor = await this.#open(mirror, at, end, signal);
        while (at < end) {
          const bytes = await cursor.read(end - at);
          if (bytes === undefined) {
            throw payloadError('transfer', `${this.#url(mirror)} ended at ${at} of ${this.#total} bytes.`);
          }
          await throttle(bytes.length, signal);
          onBytes(bytes.length);
          mirrors.progressed();
          yield { offset: at, bytes };
          at += bytes.length;
        }
        if (cursor !== this.#whole?.cursor) await cursor.finish();
      } catch (error) {
        signal.throwIfAborted();
        this.#forget();
        await mirrors.failed(mirror, error);
      } finally {
        if (cursor !== this.#whole?.cursor) cursor?.close();
      }
    }
  }

  /** A body that stands at `at`. */
  async #open(mirror: Mirror, at: number, end: number, signal: AbortSignal): Promise<Cursor> {
    const { client } = this.#options;
    const kept = this.#whole;
    if (kept?.mirror === mirror && kept.cursor.position <= at) {
      await this.#skip(kept.cursor, at);
      return kept.cursor;
    }
    const before = this.#validators.get(mirror);
    const answer = await client.get(
      this.#url(mirror),
      {
        range: `bytes=${at}-${end - 1}`,
        ...(before === undefined ? {} : { 'if-range': before }),
      },
      signal,
    );
    let cursor: Cursor | undefined;
    try {
      const { from, ranges, validator } = readRangeAnswer(answer, at, this.#total, before);
      this.#validators.set(mirror, validator);
      mirror.ranges = ranges;
      cursor = new Cursor(answer, from);
      if (!ranges) {
        this.#forget();
        this.#whole = { mirror, cursor };
        await this.#skip(cursor, at);
      }
      return cursor;
    } finally {
      if (cursor === undefined) answer.close();
    }
  }

  /** What is passed over travelled as well. */
  async #skip(cursor: Cursor, at: number): Promise<void> {
    const { throttle, onBytes, signal } = this.#options;
    while (cursor.position < at) {
      const bytes = await cursor.read(at - cursor.position);
      if (bytes === undefined) {
        throw payloadError('transfer', `${this.#name} ended at ${cursor.position} of ${this.#total} bytes.`);
      }
      await throttle(bytes.length, signal);
      onBytes(bytes.length);
    }
  }

  #forget(): void {
    this.#whole?.cursor.close();
    this.#whole = undefined;
  }

  #url({ base }: Mirror): string {
    return `${base}${this.#name}`;
  }
}

/**
 * A small file as a whole, up to `maxBytes`. Throws `update.payload.size` for a longer one, else as `RemoteFile`;
 * what `check` throws of the content is a failure of the mirror.
 */
export async function readSmall(
  { client, mirrors, onBytes, signal }: RemoteOptions,
  name: string,
  maxBytes: number,
  check: (content: Buffer) => void,
): Promise<Buffer> {
  for (;;) {
    const mirror = mirrors.current;
    try {
      const url = `${mirror.base}${name}`;
      const answer = await client.get(url, {}, signal);
      try {
        if (answer.status !== 200)
          throw statusError(answer.status, `${url} cannot be fetched: HTTP status ${answer.status}.`);
        const content = await collect(answer.body, url, maxBytes);
        onBytes(content.length);
        check(content);
        mirrors.progressed();
        return content;
      } finally {
        answer.close();
      }
    } catch (error) {
      await mirrors.failed(mirror, error);
    }
  }
}

async function collect(body: AsyncIterable<Buffer>, url: string, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > maxBytes) throw payloadError('size', `${url} has more than ${maxBytes} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
