// Files of a definition that hold one word a line: command-line, initrd-drivers.

import { deployErrors } from '../errors.ts';

/** What a word may be, and how to call it in an error. */
export interface WordKind {
  readonly pattern: RegExp;
  readonly called: string;
}

export const driverName: WordKind = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
  called: 'the name of a kernel module',
};

// What GRUB's script and systemd's stub both take as it is.
export const commandLineWord: WordKind = {
  pattern: /^[A-Za-z0-9][\x21\x23-\x26\x28-\x5b\x5d-\x7e]*$/,
  called: 'a word of a kernel command line',
};

/**
 * The words of `text`, in its order; `#` at the begin of a line or behind a blank begins a comment.
 * Throws `deploy.definition` with file, line and column.
 */
export function parseWords(text: string, path: string, kind: WordKind): string[] {
  const words: string[] = [];
  for (const [index, whole] of text.split('\n').entries()) {
    const line = whole.replace(/(^|\s)#.*/, '');
    const [first, second] = [...line.matchAll(/\S+/g)];
    if (first === undefined) continue;
    const at = (column: number) => `${path}:${index + 1}:${column + 1}: `;
    if (second !== undefined) {
      throw deployErrors.error(
        'definition',
        `${at(second.index)}“${second[0]}” belongs on a line of its own.`,
      );
    }
    if (!kind.pattern.test(first[0])) {
      throw deployErrors.error('definition', `${at(first.index)}“${first[0]}” cannot be ${kind.called}.`);
    }
    words.push(first[0]);
  }
  return words;
}
