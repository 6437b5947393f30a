// Edits of a unit file that leave every other line as it was, and the merging of drop-ins.

import { systemdErrors } from './errors.ts';
import type { UnitFile, UnitFileLine, UnitOption } from './model.ts';
import { parseUnitFile, unitFileOptions } from './unit-file.ts';

/**
 * The file with one more assignment at the end of the (last) section of that name, which is made at the
 * end of the file when there is none. Throws `systemd.unit-file` for a text that one line cannot hold.
 */
export function appendOption(file: UnitFile, option: UnitOption): UnitFile {
  const newline = newlineOf(file);
  const rendered = renderOption(option) + newline;
  const texts = file.lines.map((line) => line.text);
  const end = endOfSection(file.lines, option.section);
  if (end === undefined) {
    const header = `${texts.length > 0 ? newline : ''}[${option.section}]${newline}`;
    return reparse([...closed(texts, newline), header, rendered]);
  }
  return reparse([...closed(texts.slice(0, end), newline), rendered, ...texts.slice(end)]);
}

/**
 * The file with exactly one assignment of that name in that section: in the place of the first one, the
 * others removed; or appended when there was none. Throws as `appendOption` does.
 */
export function setOption(file: UnitFile, option: UnitOption): UnitFile {
  const same = (line: UnitFileLine) => isOption(line, option.section, option.name);
  const first = file.lines.findIndex(same);
  if (first === -1) return appendOption(file, option);
  const rendered = renderOption(option) + newlineOf(file);
  return reparse(
    file.lines.flatMap((line, index) => (index === first ? [rendered] : same(line) ? [] : [line.text])),
  );
}

/** The file without any assignment of that name in that section; its comments and header stay. */
export function removeOption(file: UnitFile, section: string, name: string): UnitFile {
  return reparse(file.lines.filter((line) => !isOption(line, section, name)).map((line) => line.text));
}

export interface DropIn {
  readonly path: string;
  readonly file: UnitFile;
}

/**
 * The assignments of a unit with its drop-ins, in the order in which systemd applies them: the main file,
 * then the drop-ins by file name. Of drop-ins with the same file name only the first given counts, so
 * give the folders of higher precedence first. An empty assignment is kept: it resets a list.
 */
export function effectiveOptions(main: UnitFile, dropIns: readonly DropIn[]): readonly UnitOption[] {
  const byName = new Map<string, DropIn>();
  for (const dropIn of dropIns) {
    const name = dropIn.path.slice(dropIn.path.lastIndexOf('/') + 1);
    if (name.endsWith('.conf') && !name.startsWith('.') && !byName.has(name)) byName.set(name, dropIn);
  }
  const ordered = [...byName].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return [main, ...ordered.map(([, dropIn]) => dropIn.file)].flatMap((file) => unitFileOptions(file));
}

/**
 * One assignment as a line without its end. A value with continuations (as `rawValue` gives it) stays so.
 * Throws `systemd.unit-file` when reading the line back would not give exactly this one option.
 */
export function renderOption(option: UnitOption): string {
  const line = `${option.name}=${option.value}`;
  const back = parseUnitFile(`[${option.section}]\n${line}\n[after]\n`);
  const [header, read, after] = back.lines;
  const whole =
    back.lines.length === 3 &&
    header?.kind === 'section' &&
    header.name === option.section &&
    read?.kind === 'option' &&
    read.name === option.name &&
    (read.value === option.value || read.rawValue === option.value) &&
    after?.kind === 'section';
  if (whole) return line;
  throw systemdErrors.error(
    'unit-file',
    `${JSON.stringify(line)} in [${option.section}] cannot stand in a unit file as one assignment: no part of it ` +
      'may hold a line break that is not continued, nor begin or end with a blank.',
  );
}

function isOption(line: UnitFileLine, section: string, name: string): boolean {
  return line.kind === 'option' && line.section === section && line.name === name;
}

/** The index after the last assignment (or the header) of the last section of that name. */
function endOfSection(lines: readonly UnitFileLine[], section: string): number | undefined {
  let end: number | undefined;
  let inside = false;
  for (const [index, line] of lines.entries()) {
    if (line.kind === 'section') inside = line.name === section;
    if (inside && line.kind !== 'blank' && line.kind !== 'comment') end = index + 1;
  }
  return end;
}

function newlineOf(file: UnitFile): string {
  return file.lines.some((line) => line.text.endsWith('\r\n')) ? '\r\n' : '\n';
}

/** The lines with an end on the last one, and nothing that continues into what comes after. */
function closed(texts: readonly string[], newline: string): readonly string[] {
  const last = texts.at(-1);
  if (last === undefined) return texts;
  let end = '';
  // One for the end of the line itself, one more for an empty line that ends a continuation.
  while (!endsCleanly(last + end) && end.length < 2 * newline.length) end += newline;
  return end === '' ? texts : [...texts, end];
}

function endsCleanly(text: string): boolean {
  const after = parseUnitFile(`${text}[after]\n`).lines.at(-1);
  return after?.kind === 'section' && after.name === 'after' && /[\n\r\0]$/.test(text);
}

function reparse(texts: readonly string[]): UnitFile {
  return parseUnitFile(texts.join(''));
}
