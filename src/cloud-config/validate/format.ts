// Findings for people: the original's line first, then where, the line itself with a caret, and what
// would have been right. And for programs: the same as JSON.

import type { Finding } from '../model.ts';

/** More findings than this tell nobody more. */
const maxShown = 100;
const maxWidth = 100;

/** All findings as text, each ending in a newline; `file` names the user-data. */
export function formatFindings(findings: readonly Finding[], text: string, file: string): string {
  const shown = findings.slice(0, maxShown).map((finding) => formatFinding(finding, text, file));
  const rest = findings.length - shown.length;
  return shown.join('') + (rest > 0 ? `… and ${rest} more.\n` : '');
}

/** One finding. */
export function formatFinding(finding: Finding, text: string, file: string): string {
  const { place } = finding;
  const head = `line ${place?.line ?? 0}: ${finding.kind}: ${finding.message}\n`;
  const where =
    place === undefined ? '' : `  at ${file}:${place.line}:${place.column}\n${excerpt(finding, text)}`;
  const expected = finding.expected === undefined ? '' : `  expected ${finding.expected}\n`;
  const hint = finding.hint === undefined ? '' : `  ${finding.hint}\n`;
  return head + where + expected + hint;
}

function excerpt(finding: Finding, text: string): string {
  const { place } = finding;
  if (place === undefined || place.end === 0) return '';
  const begin = place.start - place.column + 1;
  const newline = text.indexOf('\n', begin);
  const line = text.slice(begin, newline === -1 ? text.length : newline).replace(/\r$/, '');
  // Of a very long line, the part around the place.
  const from = place.column > maxWidth ? place.column - maxWidth / 2 : 0;
  const part = line.slice(from, from + maxWidth).replace(/[^\t\x20-\x7e\u00a0-\uffff]/g, '?');
  const at = Math.min(place.column - 1 - from, part.length);
  const width = Math.max(1, Math.min(place.end - place.start, part.length - at));
  const number = String(place.line);
  const indent = part.slice(0, at).replace(/[^\t]/g, ' ');
  return `  ${number} | ${part}\n  ${' '.repeat(number.length)} | ${indent}${'^'.repeat(width)}\n`;
}

/** The findings as JSON values. */
export function findingsJson(findings: readonly Finding[], file: string): readonly object[] {
  return findings.map(({ kind, message, place, expected, hint, dropped }) => ({
    file,
    line: place?.line ?? 0,
    column: place?.column ?? 0,
    kind,
    message,
    ...(expected === undefined ? {} : { expected }),
    ...(hint === undefined ? {} : { hint }),
    applied: !dropped,
  }));
}
