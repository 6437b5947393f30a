// Unit files in fleet's normal form: text to options, options to text, and the hash that names a content.

import { createHash } from 'node:crypto';
import { describeProblem, parseUnitFile, type UnitOption } from '../systemd/index.ts';
import { fleetErrors } from './errors.ts';
import type { DropIn } from './model.ts';

/** The largest content of one unit, in bytes of its normal form. */
export const maxContentBytes = 1024 * 1024;

/**
 * Reads a unit file, `path` by name, by systemd's grammar. Comments and blank lines are dropped; a value that
 * goes on over several lines keeps its backslashes and line breaks, as fleet's hash wants it.
 * Throws `fleet.content` with every problem as `path:line:column: …`, one a line.
 */
export function parseUnitContent(text: string, path: string): UnitOption[] {
  if (Buffer.byteLength(text) > maxContentBytes) {
    throw fleetErrors.error('content', `${path}: ${tooLarge(Buffer.byteLength(text))}`);
  }
  const { lines, problems } = parseUnitFile(text);
  if (problems.length > 0) {
    throw fleetErrors.error('content', problems.map((problem) => describeProblem(problem, path)).join('\n'));
  }
  return lines.flatMap((line) =>
    line.kind === 'option'
      ? [{ section: line.section, name: line.name, value: line.rawValue.replaceAll('\r\n', '\n') }]
      : [],
  );
}

/** The normal form: sections in order of first appearance, a blank line between them, no comments. */
export function renderUnitContent(options: readonly UnitOption[]): string {
  const sections = new Map<string, string[]>();
  for (const { section, name, value } of options) {
    const lines = sections.get(section);
    const line = `${name}=${value}\n`;
    if (lines === undefined) sections.set(section, [line]);
    else lines.push(line);
  }
  return [...sections].map(([section, lines]) => `[${section}]\n${lines.join('')}`).join('\n');
}

/** A unit in normal form with its drop-ins, each after a line with its name. */
export function renderWithDropIns(text: string, dropIns: readonly { name: string; text: string }[]): string {
  return text + dropIns.map((dropIn) => `\n# ${dropIn.name}\n${dropIn.text}`).join('');
}

/**
 * fleet's identity of a content: SHA-1 of the normal form, 40 hex digits in lower case. Drop-ins, in the
 * order of their names, are part of what a unit is; without any the hash is the one that fleet always had.
 */
export function unitHash(options: readonly UnitOption[], dropIns: readonly DropIn[] = []): string {
  const texts = dropIns.map(({ name, options: own }) => ({ name, text: renderUnitContent(own) }));
  return contentHash(renderWithDropIns(renderUnitContent(options), texts));
}

/** The same, of text that is in normal form already. */
export function contentHash(normalForm: string | Uint8Array): string {
  return createHash('sha1').update(normalForm).digest('hex');
}

/** Why a content of that many bytes is refused. */
export function tooLarge(bytes: number): string {
  const size = (bytes / 1024 / 1024).toFixed(1);
  return `The unit has ${size} MiB; at most 1 MiB is accepted. Keep data in files and name them in the unit.`;
}
