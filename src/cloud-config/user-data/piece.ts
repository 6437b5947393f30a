// A piece of user-data on its way to being a part, and how many of them are too many.

import type { Document } from '../model.ts';
import { wholeOf } from './problem.ts';

export const limits = {
  /** Messages, includes and archives within each other. */
  depth: 8,
  /** Cloud-configs and scripts in all. */
  parts: 1_000,
  /** Documents that are fetched. */
  fetches: 100,
  /** Bytes of all pieces, unpacked. */
  bytes: 64 * 1024 * 1024,
} as const;

/** Where a piece comes from and what was said about it. */
export interface Piece {
  readonly file: string;
  readonly part?: string;
  /** MIME type that the piece was given; empty when nobody said. */
  readonly type: string;
  readonly charset?: string | undefined;
  readonly depth: number;
  /** The URLs that led here. */
  readonly chain: readonly string[];
  /** Something of it was lost on the way. */
  readonly damaged?: boolean;
}

/** The document of a piece's text. */
export function documentOf(piece: Piece, text: string): Document {
  const whole = wholeOf(piece.file, text);
  return piece.part === undefined ? whole : { ...whole, part: piece.part };
}

/** `part 2 "web.yaml"`; a name from a message may hold anything. */
export function partName(number: number, filename: string | undefined): string {
  const name = filename?.replace(/[^\w .,+@=-]/g, '?').slice(0, 60) ?? '';
  return name === '' ? `part ${number}` : `part ${number} "${name}"`;
}
