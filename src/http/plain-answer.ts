// Reads one HTTP/1.1 answer from the pieces that it comes in. Source: RFC 9112.

import type { AnswerHead } from './sent-request.ts';

const maxHeadBytes = 64 * 1024;
const maxChunkLine = 256;

type Rest =
  /** So many bytes of the body, or of a chunk, are still to come. */
  | { readonly kind: 'bytes'; left: number; readonly isChunk: boolean }
  /** The line before a chunk, the one after it, or those after the last. */
  | { readonly kind: 'chunk-line' | 'chunk-end' | 'trailer' }
  | { readonly kind: 'head' | 'until-end' | 'done' };

export class AnswerReader {
  head: AnswerHead | undefined;
  /** Pieces of the body that nobody has taken yet. */
  readonly body: Buffer[] = [];
  /** Whether another request may follow on the connection. */
  staysOpen = false;
  #rest: Rest = { kind: 'head' };
  #pending: Buffer = Buffer.alloc(0);

  get isComplete(): boolean {
    return this.#rest.kind === 'done';
  }

  /** How many bytes of the body nobody has taken yet. */
  get unread(): number {
    return this.body.reduce((sum, { length }) => sum + length, 0);
  }

  /** Takes what came. Throws an Error when it is not HTTP. */
  take(chunk: Buffer): void {
    let bytes: Buffer = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const taken = this.#step(bytes);
      if (taken === undefined) break;
      bytes = bytes.subarray(taken);
    }
    this.#pending = bytes;
    // What is behind the whole answer was not asked for.
    if (this.isComplete && bytes.length > 0) this.staysOpen = false;
  }

  /** The server has closed the connection; whether that ends the answer. */
  end(): boolean {
    if (this.#rest.kind === 'until-end') this.#rest = { kind: 'done' };
    return this.isComplete;
  }

  /** Takes one part of the bytes and says how many; undefined when more have to come first. */
  #step(bytes: Buffer): number | undefined {
    switch (this.#rest.kind) {
      case 'head':
        return this.#takeHead(bytes);
      case 'bytes':
        return this.#takeBytes(bytes, this.#rest);
      case 'until-end':
        return this.#give(bytes);
      case 'done':
        return undefined;
      default:
        return this.#takeLine(bytes, this.#rest.kind);
    }
  }

  #takeHead(bytes: Buffer): number | undefined {
    const end = bytes.indexOf('\r\n\r\n');
    if (end === -1 || end > maxHeadBytes) {
      const start = bytes.subarray(0, 5).toString('latin1');
      if (bytes.length > maxHeadBytes || !'HTTP/'.startsWith(start)) throw new Error('it is not HTTP');
      return undefined;
    }
    const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(first)?.[2] ?? Number.NaN);
    if (Number.isNaN(status)) throw new Error('it is not HTTP');
    const headers = headersOf(lines);
    // An answer before the answer.
    if (status < 200) return end + 4;
    this.head = { status, contentType: headers.get('content-type') ?? '' };
    this.staysOpen = first.startsWith('HTTP/1.1') && !/\bclose\b/i.test(headers.get('connection') ?? '');
    this.#rest = bodyAfter(status, headers);
    if (this.#rest.kind === 'until-end') this.staysOpen = false;
    return end + 4;
  }

  #takeBytes(bytes: Buffer, rest: Extract<Rest, { kind: 'bytes' }>): number | undefined {
    const taken = this.#give(bytes.subarray(0, rest.left)) ?? 0;
    rest.left -= taken;
    if (rest.left > 0) return undefinedIfNone(taken);
    this.#rest = rest.isChunk ? { kind: 'chunk-end' } : { kind: 'done' };
    return taken;
  }

  #takeLine(bytes: Buffer, kind: 'chunk-line' | 'chunk-end' | 'trailer'): number | undefined {
    const end = bytes.indexOf('\r\n');
    if (end === -1) {
      if (bytes.length > maxChunkLine) throw new Error('a chunk of it has no end');
      return undefined;
    }
    const line = bytes.subarray(0, end).toString('latin1');
    if (kind === 'chunk-end') {
      if (line !== '') throw new Error('a chunk of it is longer than it says');
      this.#rest = { kind: 'chunk-line' };
    } else if (kind === 'trailer') {
      if (line === '') this.#rest = { kind: 'done' };
    } else {
      const size = /^([0-9a-fA-F]{1,12})[\t ]*(?:;|$)/.exec(line)?.[1];
      if (size === undefined) throw new Error('a chunk of it has no length');
      const left = Number.parseInt(size, 16);
      this.#rest = left === 0 ? { kind: 'trailer' } : { kind: 'bytes', left, isChunk: true };
    }
    return end + 2;
  }

  #give(bytes: Buffer): number | undefined {
    if (bytes.length > 0) this.body.push(bytes);
    return undefinedIfNone(bytes.length);
  }
}

function undefinedIfNone(count: number): number | undefined {
  return count === 0 ? undefined : count;
}

function headersOf(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) throw new Error('it is not HTTP');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

function bodyAfter(status: number, headers: ReadonlyMap<string, string>): Rest {
  if (status === 204 || status === 304) return { kind: 'done' };
  if (/\bchunked$/i.test(headers.get('transfer-encoding') ?? '')) return { kind: 'chunk-line' };
  const length = headers.get('content-length');
  if (length === undefined) return { kind: 'until-end' };
  if (!/^\d{1,15}$/.test(length)) throw new Error('its length is no number');
  return length === '0' ? { kind: 'done' } : { kind: 'bytes', left: Number(length), isChunk: false };
}
