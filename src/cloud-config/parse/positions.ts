// Offsets into a text turned into lines and columns.

import type { Document, Place } from '../model.ts';

/** Finds line and column (from 1) of offsets into one text. */
export interface Positions {
  place(start: number, end: number): Place;
}

/**
 * Reads the line starts of a text once; each look-up is a binary search. With a document the places are
 * those of its file.
 */
export function positionsOf(text: string, document?: Document): Positions {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const lineBefore = document?.line ?? 1;
  const columnBefore = document?.column ?? 1;
  const inDocument = document === undefined ? {} : { document };
  return {
    place: (start, end) => {
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= start) low = middle;
        else high = middle - 1;
      }
      const column = start - (starts[low] ?? 0) + columnBefore;
      return { start, end, line: low + lineBefore, column, ...inDocument };
    },
  };
}
