// The grammar of unit files, read as systemd's own parser reads them (systemd.syntax(7)) and kept to the
// byte, so that serialising gives back what was parsed.

import { systemdErrors } from './errors.ts';
import type { UnitFile, UnitFileLine, UnitFileProblem, UnitOption } from './model.ts';

/** systemd's LONG_LINE_MAX: a line with its continuations may be this long, in bytes. */
const maxLineBytes = 1024 * 1024;

/** systemd's end of line: each of LF and CR at most once, in any order, then perhaps a NUL. */
const endOfLine = /(?:\n\r?|\r\n?)\0?|\0/g;

const blanks = ' \t\n\r';
const byteOrderMark = '\ufeff';

interface PhysicalLine {
  /** Without its end. */
  readonly body: string;
  readonly text: string;
  readonly number: number;
}

/**
 * Parses a unit file. Never throws for text: what systemd would not understand becomes a line of kind
 * "invalid" and a problem with its position. Bytes must be UTF-8, else `systemd.unit-file` is thrown, which
 * names `path`.
 */
export function parseUnitFile(source: string | Uint8Array, path = 'unit file'): UnitFile {
  const lines: UnitFileLine[] = [];
  const problems: UnitFileProblem[] = [];
  let section: string | undefined;
  let pending: PhysicalLine[] = [];
  let bomSeen = false;

  const endLogicalLine = () => {
    const line = readLogicalLine(pending, section, problems);
    pending = [];
    if (line.kind === 'section') section = line.name;
    lines.push(line);
  };
  for (const physical of physicalLines(decode(source, path))) {
    // A comment between continued lines is skipped, and ends nothing.
    if (isComment(physical.body)) {
      if (pending.length > 0) pending.push(physical);
      else lines.push({ kind: 'comment', text: physical.text, line: physical.number });
      continue;
    }
    const marked: boolean = !bomSeen && physical.body.startsWith(byteOrderMark);
    bomSeen ||= marked;
    pending.push(marked ? { ...physical, body: physical.body.slice(1) } : physical);
    if (!isContinued(physical.body)) endLogicalLine();
  }
  if (pending.length > 0) endLogicalLine();
  return { lines, problems };
}

/** The text of the file, byte for byte what was parsed or edited. */
export function serializeUnitFile(file: UnitFile): string {
  return file.lines.map((line) => line.text).join('');
}

/** The assignments in file order, each with its section, the values as systemd reads them. */
export function unitFileOptions(file: UnitFile): readonly UnitOption[] {
  return file.lines.flatMap((line) =>
    line.kind === 'option' ? [{ section: line.section, name: line.name, value: line.value }] : [],
  );
}

/**
 * Parses a file that must have no problem. Throws `systemd.unit-file` with every problem as
 * `path:line:column: …`, one a line.
 */
export function parseUnitFileStrictly(source: string | Uint8Array, path: string): UnitFile {
  const file = parseUnitFile(source, path);
  if (file.problems.length > 0) {
    throw systemdErrors.error(
      'unit-file',
      file.problems.map((problem) => describeProblem(problem, path)).join('\n'),
    );
  }
  return file;
}

/** A problem as a line for the user: `web.service:3:1: what is wrong; what was expected.` */
export function describeProblem(problem: UnitFileProblem, path: string): string {
  return `${path}:${problem.line}:${problem.column}: ${problem.message}; expected ${problem.expected}.`;
}

function decode(source: string | Uint8Array, path: string): string {
  if (typeof source === 'string') return source;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(source);
  } catch (cause) {
    const { line, column } = positionOfBadByte(source);
    throw systemdErrors.error(
      'unit-file',
      `${path}:${line}:${column}: this is not UTF-8; expected text in UTF-8.`,
      {
        cause,
      },
    );
  }
}

function positionOfBadByte(source: Uint8Array): { line: number; column: number } {
  // The replacement character marks the first bad byte, unless the file itself holds one before it.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(source);
  const encoder = new TextEncoder();
  let offset = 0;
  let line = 1;
  let column = 1;
  for (const character of text) {
    const bytes = encoder.encode(character);
    if (!bytes.every((byte, index) => source[offset + index] === byte)) break;
    offset += bytes.length;
    column = character === '\n' ? 1 : column + 1;
    if (character === '\n') line += 1;
  }
  return { line, column };
}

function* physicalLines(text: string): Generator<PhysicalLine> {
  let start = 0;
  let number = 1;
  for (const match of text.matchAll(endOfLine)) {
    const end = match.index + match[0].length;
    yield { body: text.slice(start, match.index), text: text.slice(start, end), number };
    start = end;
    number += 1;
  }
  if (start < text.length) yield { body: text.slice(start), text: text.slice(start), number };
}

/** Whether a line ends in a backslash that is not itself escaped by one. */
function isContinued(body: string): boolean {
  let backslashes = 0;
  while (body.at(-1 - backslashes) === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

/** A line of a file together with those that continue it, comments between them included. */
function readLogicalLine(
  pieces: readonly PhysicalLine[],
  section: string | undefined,
  problems: UnitFileProblem[],
): UnitFileLine {
  const text = pieces.map((piece) => piece.text).join('');
  const line = pieces[0]?.number ?? 1;
  const joined = pieces.map(continuedBody).join('');
  const content = trim(joined);
  if (content === '') return { kind: 'blank', text, line };
  const column = joined.length - trimStart(joined).length + 1;

  const invalid = (message: string, expected: string, at: number, refused: boolean): UnitFileLine => {
    problems.push({ line, column: at, message, expected, refused });
    return { kind: 'invalid', text, line };
  };
  if (joined.length > maxLineBytes / 4 && Buffer.byteLength(joined) > maxLineBytes) {
    return invalid('this line is too long', 'at most 1048576 bytes with all that continues it', 1, true);
  }
  const end = column + [...content].length;
  if (content.startsWith('[')) {
    if (!content.endsWith(']')) return invalid('this section header does not end', '"]"', end, true);
    const name = content.slice(1, -1);
    const bad = name.search(/[\x01-\x1f"'\\\x7f]/);
    if (bad === -1) return { kind: 'section', name, text, line };
    return invalid(
      'this section name has a quote, backslash or control character',
      'a plain name',
      column + 1 + bad,
      true,
    );
  }
  const equals = content.indexOf('=');
  if (equals === -1) return invalid('this line assigns nothing', '"=" after the option name', end, false);
  if (equals === 0) return invalid('this assignment has no option name', 'a name before "="', column, false);
  if (section === undefined) {
    return invalid(
      'this option stands before the first section',
      'a section header like "[Unit]"',
      column,
      false,
    );
  }
  return {
    kind: 'option',
    section,
    name: trim(content.slice(0, equals)),
    value: trim(content.slice(equals + 1)),
    rawValue: rawValueOf(pieces),
    text,
    line,
    column,
  };
}

/** What a line adds to the logical line: a backslash that continues it counts as a space. */
function continuedBody(piece: PhysicalLine, index: number): string {
  if (index > 0 && isComment(piece.body)) return '';
  return isContinued(piece.body) ? `${piece.body.slice(0, -1)} ` : piece.body;
}

/**
 * The value with its continuations as written. What would swallow the line after it is left out: comments
 * and blank lines at the end, and a last backslash that continues into nothing.
 */
function rawValueOf(pieces: readonly PhysicalLine[]): string {
  const first = pieces.findIndex((piece, index) => continuedBody(piece, index).includes('='));
  const tail = pieces.slice(first);
  while (tail.length > 1) {
    const last = tail.at(-1)?.body ?? '';
    if (trim(last) !== '' && trim(last) !== '\\' && !isComment(last)) break;
    tail.pop();
  }
  const text = tail.map((piece) => piece.text).join('');
  const raw = trim(text.slice(text.indexOf('=') + 1));
  return isContinued(raw) ? trim(raw.slice(0, -1)) : raw;
}

function isComment(body: string): boolean {
  return /^[ \t\n\r]*[#;]/.test(body);
}

function trimStart(text: string): string {
  let start = 0;
  while (start < text.length && blanks.includes(text.charAt(start))) start += 1;
  return text.slice(start);
}

/** Without systemd's white space at both ends; String.trim() would take more than systemd does. */
function trim(text: string): string {
  let end = text.length;
  while (end > 0 && blanks.includes(text.charAt(end - 1))) end -= 1;
  return trimStart(text.slice(0, end));
}
