// Unit files in fleet's normal form: text to options, options to text, and the hash that names a content.

import { createHash } from 'node:crypto';
import type { UnitOption } from '../systemd/index.ts';
import { fleetErrors } from './errors.ts';

/** The largest content of one unit, in bytes of its normal form. */
export const maxContentBytes = 1024 * 1024;

/**
 * Reads a unit file: comments, blank lines and what stands before the first section are dropped, blanks
 * around `=` and the value too. A value whose line ends in `\` goes on in the next line, and keeps the
 * backslash and the line break. Throws `fleet.content` naming the line.
 */
export function parseUnitContent(text: string): UnitOption[] {
  if (Buffer.byteLength(text) > maxContentBytes) throw fleetErrors.error('content', tooLarge(text));
  const options: UnitOption[] = [];
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  let section: string | undefined;
  for (let index = 0; index < lines.length; index++) {
    const line = (lines[index] ?? '').trim();
    const fail = (what: string) => fleetErrors.error('content', `line ${index + 1}: ${what}`);
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.startsWith('[')) {
      const end = line.indexOf(']');
      if (end === -1) throw fail('unable to find end of section: "]" is missing.');
      const rest = line.slice(end + 1);
      section = line.slice(1, end);
      if (rest !== '') throw fail(`found garbage after section name ${section}: "${rest}".`);
      continue;
    }
    if (section === undefined) continue;
    const equals = line.indexOf('=');
    if (equals === -1) {
      throw fail(`unexpected newline encountered while parsing option name: expected "Name=Value".`);
    }
    const raw = lines[index] ?? '';
    let value = raw.slice(raw.indexOf('=') + 1);
    // A blank line, or the end, ends a continuation.
    while (value.endsWith('\\') && (lines[index + 1] ?? '').trim() !== '') value += `\n${lines[++index]}`;
    options.push({ section, name: line.slice(0, equals).trim(), value: value.trim() });
  }
  return options;
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

/** fleet's identity of a content: SHA-1 of the normal form, 40 hex digits in lower case. */
export function unitHash(options: readonly UnitOption[]): string {
  return contentHash(renderUnitContent(options));
}

/** The same, of text that is in normal form already. */
export function contentHash(normalForm: string | Uint8Array): string {
  return createHash('sha1').update(normalForm).digest('hex');
}

function tooLarge(text: string): string {
  const size = (Buffer.byteLength(text) / 1024 / 1024).toFixed(1);
  return `The unit has ${size} MiB; at most 1 MiB is accepted. Keep data in files and name them in the unit.`;
}
