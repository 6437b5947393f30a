// Offsets into a text turned into lines and columns.

import type { Place } from '../model.ts';

/** Finds line and column (from 1) of offsets into one text. */
export interface Positions {
  place(start: number, end: number): Place;
}

/** Reads the line starts of a text once; each look-up is a binary search. */
export function positionsOf(text: string): Positions {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return {
    place: (start, end) => {
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= start) low = middle;
        else high = middle - 1;
      }
      return { start, end, line: low + 1, column: start - (starts[low] ?? 0) + 1 };
    },
  };
}
