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

/** All pieces of a new file, chunk by chunk: most chunks are one piece, which is made when it is asked for. */
export class Pieces implements Iterable<Piece> {
  readonly #index: ChunkIndex;
  readonly #place: (chunk: number) => Place | undefined;
  readonly #split: ReadonlyMap<number, readonly Piece[]>;

  /** `place` tells where a chunk is, whole; `split` has those of which only some bytes are here. */
  constructor(
    index: ChunkIndex,
    place: (chunk: number) => Place | undefined,
    split: ReadonlyMap<number, readonly Piece[]> = new Map(),
  ) {
    this.#index = index;
    this.#place = place;
    this.#split = split;
  }

  of(chunk: number): readonly Piece[] {
    const split = this.#split.get(chunk);
    if (split !== undefined) return split;
    const [offset, length] = [this.#index.offset(chunk), this.#index.length(chunk)];
    return [{ offset, length, from: this.#place(chunk) }];
  }

  *[Symbol.iterator](): Generator<Piece, void, undefined> {
    for (let chunk = 0; chunk < this.#index.count; chunk++) yield* this.of(chunk);
  }
}

/** A chunk near the one in question, and where it is here. */
export interface Neighbour {
  readonly offset: number;
  readonly from: Place;
}

/**
 * Places where a chunk that was found nowhere may be but for a few bytes: as far from its neighbours as it is in
 * the new file, and where it would be if nothing had moved. Each is that of the chunk's first byte.
 */
export function likelyPlaces(offset: number, neighbours: readonly (Neighbour | undefined)[]): Place[] {
  const places: Place[] = [];
  const add = (source: number, at: number) => {
    const known = places.some((place) => place.source === source && place.offset === at);
    if (!known && at >= 0) places.push({ source, offset: at });
  };
  for (const neighbour of neighbours) {
    if (neighbour === undefined) continue;
    add(neighbour.from.source, neighbour.from.offset + offset - neighbour.offset);
  }
  add(0, offset);
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
