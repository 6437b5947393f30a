// A place in a text that cannot be read, for those who have to mend it. The texts of windows are one line.

/** What is wrong in a text, where, and what was expected there. */
export interface TextProblem {
  /** Counted in characters from 1; one past the end when something is missing there. */
  readonly column: number;
  /** Without a full stop. */
  readonly message: string;
  readonly expected: string;
}

/** The outcome of reading a text. */
export type Read<Value> =
  | { readonly value: Value; readonly problem?: undefined }
  | { readonly problem: TextProblem; readonly value?: undefined };

/** A problem as the outcome of reading. `index` counts from 0 in UTF-16 units, as strings do. */
export function wrong(
  text: string,
  index: number,
  message: string,
  expected: string,
): { readonly problem: TextProblem } {
  return { problem: { column: [...text.slice(0, index)].length + 1, message, expected } };
}

/** The text with the place below it pointed at, as two lines. */
export function pointAt(text: string, column: number): string {
  const shown = text.replace(/[\x00-\x1f\x7f]/g, ' ');
  return `  ${shown}\n  ${' '.repeat(column - 1)}^`;
}
