// What of a new file has to travel when an older one is here. Pure.

import type { ChunkIndex } from './chunk-index.ts';

/** Bytes that are here: in the source of that number, from that offset on. */
export interface Place {
  readonly source: number;
  readonly offset: number;
}

/** Some of the new file's bytes, and where they are here; undefined when they have to be fetched. */
export interface Piece {
  readonly offset: number;
  readonly length: number;
  readonly from: Place | undefined;
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** A request costs about this many bytes of headers, and a way there and back: less than that is fetched along. */
const fetchAlongBytes = 8 * 1024;

/** Where each chunk is here, as one piece a chunk. `find` is asked by digest. */
export function wholePieces(index: ChunkIndex, find: (digest: Buffer) => Place | undefined): Piece[] {
  return Array.from({ length: index.count }, (_, chunk) => ({
    offset: index.offset(chunk),
    length: index.length(chunk),
    from: find(index.digest(chunk)),
  }));
}

/**
 * Places where a chunk that was found nowhere may be but for a few bytes: as far from its neighbours as it is in
 * the new file, and where it would be if nothing had moved. Each is that of the chunk's first byte.
 */
export function likelyPlaces(pieces: readonly Piece[], chunk: number): Place[] {
  const own = pieces[chunk]?.offset ?? 0;
  const places: Place[] = [];
  const add = (source: number, offset: number) => {
    const known = places.some((place) => place.source === source && place.offset === offset);
    if (!known && offset >= 0) places.push({ source, offset });
  };
  for (const step of [-1, 1]) {
    let at = chunk + step;
    while (pieces[at] !== undefined && pieces[at]?.from === undefined) at += step;
    const neighbour = pieces[at];
    if (neighbour?.from === undefined) continue;
    add(neighbour.from.source, neighbour.from.offset + own - neighbour.offset);
  }
  add(0, own);
  return places;
}

/** The parts of a chunk, joined where one follows the other both there and here. */
export function joinPieces(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (last !== undefined && follows(last, piece)) {
      joined[joined.length - 1] = { ...last, length: last.length + piece.length };
    } else joined.push(piece);
  }
  return joined;
}

function follows(last: Piece, next: Piece): boolean {
  if (last.offset + last.length !== next.offset) return false;
  if (last.from === undefined || next.from === undefined) return last.from === next.from;
  return last.from.source === next.from.source && last.from.offset + last.length === next.from.offset;
}

/** The ranges to ask for, in the order of the file; those that are near each other become one. */
export function fetchRanges(pieces: Iterable<Piece>): ByteRange[] {
  const ranges: ByteRange[] = [];
  for (const { offset, length, from } of pieces) {
    if (from !== undefined) continue;
    const last = ranges.at(-1);
    if (last !== undefined && offset - (last.offset + last.length) <= fetchAlongBytes) {
      ranges[ranges.length - 1] = { offset: last.offset, length: offset + length - last.offset };
    } else ranges.push({ offset, length });
  }
  return ranges;
}

/** Bytes of ranges. */
export function rangeBytes(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}
