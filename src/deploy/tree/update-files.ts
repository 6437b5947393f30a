// Where the machines of an image get their updates, and whose releases they take: files in /usr, below what a machine's
// own /etc says.

import { basename } from 'node:path';
import { deployErrors } from '../errors.ts';
import type { Definition, OverlaidFile } from './definition.ts';

export interface UpdateDefaults {
  /** An http or https URL. */
  readonly server?: string;
  readonly group?: string;
  /** Public keys in PEM, already checked, with the names of their files. */
  readonly keys?: readonly UpdateKey[];
}

export interface UpdateKey {
  readonly path: string;
  readonly pem: string;
}

const configPath = 'usr/share/coreos/update.conf';
const keysFolder = 'usr/share/keelson/update-keys';

/**
 * The definition with these defaults over its files: lines of its own update.conf that are for other keys stay.
 * Throws `deploy.invalid` for what no update.conf can say, and for two keys of one name.
 */
export function withUpdateDefaults(definition: Definition, updates: UpdateDefaults): Definition {
  const files = new Map(definition.files.map((file) => [file.path, file]));
  const lay = (path: string, text: string) =>
    files.set(path, { path, mode: 0o644, content: Buffer.from(text) });
  const wanted = new Map<string, string>();
  if (updates.group !== undefined) wanted.set('GROUP', checkGroup(updates.group));
  if (updates.server !== undefined) wanted.set('SERVER', checkServer(updates.server));
  if (wanted.size > 0) lay(configPath, mergeLines(files.get(configPath), wanted));
  const sources = new Map<string, string>();
  for (const { path, pem } of updates.keys ?? []) {
    const name = keyName(path);
    const other = sources.get(name);
    if (other !== undefined) {
      throw deployErrors.error('invalid', `${other} and ${path} would both be ${keysFolder}/${name}.`, {
        hint: 'Give one of them another name.',
      });
    }
    sources.set(name, path);
    lay(`${keysFolder}/${name}`, pem);
  }
  return { ...definition, files: [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

function checkServer(text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && /^[\w.~:/?#[\]@!&()*+,;=%-]+$/.test(text))
    return text;
  throw deployErrors.error('invalid', `“${text}” is no URL of an update server.`, {
    hint: 'Expected one such as http://192.0.2.1:8000/v1/update/.',
  });
}

function checkGroup(text: string): string {
  if (/^[\w.{}-]{1,128}$/.test(text)) return text;
  throw deployErrors.error('invalid', `“${text}” is no group of an update server.`, {
    hint: 'Expected letters, digits and . _ - { }, such as stable.',
  });
}

function keyName(path: string): string {
  const name = basename(path).replace(/\.pem$/, '');
  if (/^\w[\w.-]{0,127}$/.test(name)) return `${name}.pem`;
  throw deployErrors.error('invalid', `“${name}” cannot be the name of a key on a machine.`, {
    hint: 'Expected letters, digits and . _ -, such as releases.pem.',
  });
}

function mergeLines(file: OverlaidFile | undefined, wanted: ReadonlyMap<string, string>): string {
  const text = Buffer.isBuffer(file?.content) ? file.content.toString() : '';
  const others = text.split('\n').filter((line) => {
    const key = /^\s*(?:export\s+)?(\w+)=/.exec(line)?.[1] ?? '';
    return line !== '' && !wanted.has(key);
  });
  return [...others, ...[...wanted].map(([key, value]) => `${key}=${value}`), ''].join('\n');
}
