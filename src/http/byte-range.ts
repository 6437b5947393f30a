// Which bytes of a file a request asks for. Pure. Source: RFC 9110, sections 13 and 14.

export type Selection =
  | { readonly kind: 'whole' | 'unsatisfiable' }
  /** From `start` to `end`, both included. */
  | { readonly kind: 'part'; readonly start: number; readonly end: number };

/**
 * Reads a Range header for a file of `size` bytes. One range is served; several, another unit, and what is no
 * Range at all are answered with the whole, as the standard allows and clients expect.
 */
export function selectRange(header: string | undefined, size: number): Selection {
  const [, set] = /^\s*bytes\s*=(.*)$/is.exec(header ?? '') ?? [];
  const [, first = '', last = ''] = /^\s*(\d*)\s*-\s*(\d*)\s*$/.exec(set ?? '') ?? [];
  if (first === '' && last === '') return { kind: 'whole' };
  if (first === '') {
    // The last so many bytes; all of them when there are fewer.
    const count = Number(last);
    if (count === 0 || size === 0) return { kind: 'unsatisfiable' };
    return { kind: 'part', start: Math.max(0, size - count), end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return { kind: 'whole' };
  if (start >= size) return { kind: 'unsatisfiable' };
  return { kind: 'part', start, end };
}

export interface Validators {
  /** With its quotes. */
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** Whether a range may be served: no If-Range, or one that names just this state of the file. */
export function mayResume(ifRange: string | undefined, { etag, modifiedMs }: Validators): boolean {
  if (ifRange === undefined) return true;
  const wanted = ifRange.trim();
  // A weak tag says nothing about bytes.
  if (wanted.startsWith('"') || wanted.startsWith('W/')) return wanted === etag;
  return Date.parse(wanted) === wholeSeconds(modifiedMs);
}

/** Whether the client has just this state already: 304. If-None-Match outranks If-Modified-Since. */
export function isUnchanged(
  ifNoneMatch: string | undefined,
  ifModifiedSince: string | undefined,
  { etag, modifiedMs }: Validators,
): boolean {
  if (ifNoneMatch !== undefined) {
    const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    return tags.includes(etag) || ifNoneMatch.trim() === '*';
  }
  const since = ifModifiedSince === undefined ? Number.NaN : Date.parse(ifModifiedSince);
  return since >= wholeSeconds(modifiedMs);
}

/** Times in headers have no milliseconds. */
const wholeSeconds = (ms: number): number => Math.floor(ms / 1000) * 1000;
