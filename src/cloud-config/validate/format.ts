// Findings for people: the original's line first, then where, the line itself with a caret, and what
// would have been right. And for programs: the same as JSON.

import type { Finding, Place } from '../model.ts';

/** More findings than this tell nobody more. */
const maxShown = 100;
const maxWidth = 100;
const maxMessage = 300;

/** All findings as text, each ending in a newline. */
export function formatFindings(findings: readonly Finding[]): string {
  const shown = findings.slice(0, maxShown).map(formatFinding);
  const rest = findings.length - shown.length;
  return shown.join('') + (rest > 0 ? `… and ${rest} more.\n` : '');
}

/** One finding. */
export function formatFinding(finding: Finding): string {
  const { place } = finding;
  const head = `line ${place?.line ?? 0}: ${finding.kind}: ${oneLine(finding.message)}\n`;
  const where = place === undefined ? '' : whereLine(place) + excerpt(place);
  const expected = finding.expected === undefined ? '' : `  expected ${oneLine(finding.expected)}\n`;
  const hint = finding.hint === undefined ? '' : `  ${oneLine(finding.hint)}\n`;
  return head + where + expected + hint;
}

/** One finding on one line, with its place. */
export function lineOf({ kind, message, place }: Finding): string {
  const where =
    place === undefined ? '' : `${place.document?.file ?? 'user-data'}:${place.line}:${place.column}: `;
  return `${where}${kind}: ${oneLine(message)}`;
}

/** Values stand in messages as they were written; none may begin a line of its own, or fill the screen. */
function oneLine(text: string): string {
  const control = /[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;
  return clipped(text).replace(control, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return character === '\n' ? '\\n' : `\\u${code}`;
  });
}

function clipped(text: string): string {
  return text.length > maxMessage ? `${text.slice(0, maxMessage)}…` : text;
}

function whereLine({ document, line, column }: Place): string {
  const part = document?.part === undefined ? '' : ` (${document.part})`;
  return `  at ${document?.file ?? 'user-data'}:${line}:${column}${part}\n`;
}

function excerpt({ document, start, end, line: number }: Place): string {
  if (document === undefined || end === 0) return '';
  const { text } = document;
  const begin = start === 0 ? 0 : text.lastIndexOf('\n', start - 1) + 1;
  const newline = text.indexOf('\n', begin);
  const line = text.slice(begin, newline === -1 ? text.length : newline).replace(/\r$/, '');
  const column = start - begin;
  // Of a very long line, the part around the place.
  const from = column >= maxWidth ? column + 1 - maxWidth / 2 : 0;
  const part = line.slice(from, from + maxWidth).replace(/[^\t\x20-\x7e\u00a0-\uffff]/g, '?');
  const at = Math.min(column - from, part.length);
  const width = Math.max(1, Math.min(end - start, part.length - at));
  const gutter = ' '.repeat(String(number).length);
  const indent = part.slice(0, at).replace(/[^\t]/g, ' ');
  return `  ${number} | ${part}\n  ${gutter} | ${indent}${'^'.repeat(width)}\n`;
}

/** The findings as JSON values. */
export function findingsJson(findings: readonly Finding[], file: string): readonly object[] {
  return findings.map(({ kind, message, place, expected, hint, dropped }) => ({
    file: place?.document?.file ?? file,
    ...(place?.document?.part === undefined ? {} : { part: place.document.part }),
    line: place?.line ?? 0,
    column: place?.column ?? 0,
    kind,
    message: clipped(message),
    ...(expected === undefined ? {} : { expected }),
    ...(hint === undefined ? {} : { hint }),
    applied: !dropped,
  }));
}
