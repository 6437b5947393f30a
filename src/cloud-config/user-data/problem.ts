// What is wrong with a piece of user-data as a whole, at one of its lines.

import type { Document, Finding } from '../model.ts';

export interface Remark {
  readonly kind?: Finding['kind'];
  readonly hint?: string | undefined;
  readonly expected?: string;
  /** Line of the document's text, from 1. Default 1. */
  readonly line?: number;
  readonly dropped?: boolean;
}

/** A finding that points at a line of the document; unless told otherwise an error that costs the piece. */
export function problemAt(document: Document, message: string, remark: Remark = {}): Finding {
  const { kind = 'error', line = 1 } = remark;
  let start = 0;
  for (let before = 1; before < line; before++) start = document.text.indexOf('\n', start) + 1;
  const newline = document.text.indexOf('\n', start);
  const end = newline === -1 ? document.text.length : newline;
  return {
    kind,
    message,
    place: { start, end, line: document.line + line - 1, column: document.column, document },
    dropped: remark.dropped ?? kind === 'error',
    ...(remark.hint === undefined ? {} : { hint: remark.hint }),
    ...(remark.expected === undefined ? {} : { expected: remark.expected }),
  };
}

/** The document that is the whole of a file. */
export function wholeOf(file: string, text: string): Document {
  return { file, text, line: 1, column: 1 };
}
