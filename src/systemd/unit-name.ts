// systemd's rules for the names of units (systemd.unit(5)): what is valid, templates and instances, and
// the escaping of systemd-escape(1).

import { systemdErrors } from './errors.ts';

export const unitTypes = [
  'service',
  'socket',
  'target',
  'device',
  'mount',
  'automount',
  'swap',
  'timer',
  'path',
  'slice',
  'scope',
] as const;

export type UnitType = (typeof unitTypes)[number];

/** A unit's name in its parts: `prefix.type`, `prefix@.type` or `prefix@instance.type`. */
export interface UnitName {
  readonly kind: 'plain' | 'template' | 'instance';
  readonly prefix: string;
  /** Empty unless `kind` is "instance". */
  readonly instance: string;
  readonly type: UnitType;
}

const maxNameBytes = 255;

/** The parts of a unit name, or undefined when systemd would not take it for one. */
export function parseUnitName(name: string): UnitName | undefined {
  const dot = name.lastIndexOf('.');
  const type = unitTypes.find((known) => known === name.slice(dot + 1));
  // Only ASCII passes, so that characters are bytes.
  if (dot <= 0 || type === undefined || name.length > maxNameBytes) return undefined;
  const stem = name.slice(0, dot);
  if (!/^[0-9A-Za-z:_.\\@-]+$/.test(stem)) return undefined;
  const at = stem.indexOf('@');
  if (at === 0) return undefined;
  if (at === -1) return { kind: 'plain', prefix: stem, instance: '', type };
  const instance = stem.slice(at + 1);
  return { kind: instance === '' ? 'template' : 'instance', prefix: stem.slice(0, at), instance, type };
}

/** Whether systemd takes that for a unit's name, a template's included. */
export function isUnitName(name: string): boolean {
  return parseUnitName(name) !== undefined;
}

/** The template of an instance (`getty@tty1.service` → `getty@.service`), undefined for any other name. */
export function templateOf(name: string): string | undefined {
  const parts = parseUnitName(name);
  return parts?.kind === 'instance' ? `${parts.prefix}@.${parts.type}` : undefined;
}

/** The instance of a template. `instance` must be escaped. Throws `systemd.unit-name`. */
export function instantiate(template: string, instance: string): string {
  const parts = parseUnitName(template);
  if (parts?.kind !== 'template') {
    throw systemdErrors.error(
      'unit-name',
      `${JSON.stringify(template)} is not the name of a template unit.`,
      {
        hint: 'A template is named like "web@.service".',
      },
    );
  }
  const name = `${parts.prefix}@${instance}.${parts.type}`;
  const made = parseUnitName(name);
  if (made?.kind === 'instance' && made.instance === instance) return name;
  throw systemdErrors.error(
    'unit-name',
    `${JSON.stringify(instance)} cannot be an instance of ${template}.`,
    {
      hint: 'Escape it as systemd-escape(1) does; a whole unit name has at most 255 characters.',
    },
  );
}

/**
 * The folders, by name only, in which systemd looks for drop-ins of a unit: the most specific first
 * (`a-b@x.service.d`, `a-b@.service.d`, `a-@x.service.d`, …), its type's (`service.d`) last.
 */
export function dropInFolders(name: string): readonly string[] {
  const parts = parseUnitName(name);
  if (parts === undefined) return [];
  const folders: string[] = [];
  for (let prefix: string | undefined = parts.prefix; prefix !== undefined; prefix = shorterPrefix(prefix)) {
    if (parts.kind === 'instance') folders.push(`${prefix}@${parts.instance}.${parts.type}.d`);
    folders.push(`${prefix}${parts.kind === 'plain' ? '' : '@'}.${parts.type}.d`);
  }
  return [...folders, `${parts.type}.d`];
}

/** `a-b-c` → `a-b-` → `a-`; undefined when nothing is left to cut. */
function shorterPrefix(prefix: string): string | undefined {
  const dash = prefix.lastIndexOf('-', prefix.length - 2);
  return dash <= 0 ? undefined : prefix.slice(0, dash + 1);
}

const plainBytes = /[0-9A-Za-z:_.]/;

/** Escapes any text for use in a unit name: `/` becomes `-`, what is not allowed `\xNN`, byte by byte. */
export function escapeUnitName(text: string): string {
  let escaped = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const character = String.fromCharCode(byte);
    if (character === '/') escaped += '-';
    else if (plainBytes.test(character) && !(character === '.' && escaped === '')) escaped += character;
    else escaped += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return escaped;
}

/** What `escapeUnitName` was given. Throws `systemd.unit-name` for a text that is no result of escaping. */
export function unescapeUnitName(escaped: string): string {
  const bytes: number[] = [];
  for (const token of escaped.match(/\\x[0-9a-fA-F]{2}|./gsu) ?? []) {
    if (token === '\\' || token === '\\x00') throw notEscaped(escaped);
    if (token.startsWith('\\')) bytes.push(Number.parseInt(token.slice(2), 16));
    else bytes.push(...Buffer.from(token === '-' ? '/' : token));
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    throw notEscaped(escaped);
  }
}

/**
 * Escapes a path as in the names of mount units: without the slashes at its ends, `-` for the root.
 * Throws `systemd.unit-name` for a path with `..` in it.
 */
export function escapePath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) {
    throw systemdErrors.error('unit-name', `${JSON.stringify(path)} cannot be escaped: it holds "..".`);
  }
  return parts.length === 0 ? '-' : escapeUnitName(parts.join('/'));
}

/** The absolute path that `escapePath` was given. Throws `systemd.unit-name`. */
export function unescapePath(escaped: string): string {
  if (escaped === '-') return '/';
  if (escaped === '' || escaped.startsWith('-') || escaped.endsWith('-')) throw notEscaped(escaped);
  const path = `/${unescapeUnitName(escaped)}`;
  const parts = path.slice(1).split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) throw notEscaped(escaped);
  return path;
}

function notEscaped(text: string): Error {
  return systemdErrors.error('unit-name', `${JSON.stringify(text)} is not escaped as in a unit name.`, {
    hint: 'systemd-escape(1) shows how.',
  });
}
