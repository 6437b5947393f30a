// Public keys: those that are given, and those that are to be fetched.

import type { Operation } from '../model.ts';
import { child, itemsOf, type Node, textOf } from '../parse/tree.ts';
import { sshKeyProblem } from './checks.ts';
import type { KeyContext } from './context.ts';

/** The keys of a list or of a text with a key a line. One that is no key stays in its set and opens nothing. */
export function keysOf(node: Node | undefined, context: KeyContext): string[] {
  // An item may hold several lines: they end in a file of a key a line.
  const lines = wordsOf(node, '\n').flatMap(([text, at]) =>
    text.split(/\r?\n/).map((line) => [line.trim(), at] as const),
  );
  return lines.flatMap(([key, at]) => {
    if (key === '' || key.startsWith('#')) return [];
    const problem = sshKeyProblem(key);
    if (problem === undefined) return [key];
    context.refuse(at, `the SSH key is not usable: ${problem}`, {
      expected: 'a line as in an id_*.pub file: TYPE BASE64 COMMENT',
    });
    return /[\r\n\0]/.test(key) ? [] : [key];
  });
}

/** The keys of the metadata. */
export function metadataKeys(context: KeyContext): string[] {
  return context.metadata.sshKeys.flatMap((text) => {
    const key = text.trim();
    if (key === '') return [];
    const problem = sshKeyProblem(key);
    if (problem === undefined) return [key];
    context.refuse(undefined, `an SSH key of the metadata is not usable: ${problem}`);
    return [];
  });
}

/** The items of a list, or the pieces of a text, each with its place. */
export function wordsOf(node: Node | undefined, separator: string): [string, Node | undefined][] {
  const single = textOf(node);
  if (single !== undefined) return single.split(separator).map((word) => [word, node]);
  return itemsOf(node).map((item) => [textOf(item) ?? '', item]);
}

const gitHub = 'https://api.github.com/users/';
const launchpad = 'https://launchpad.net/~';

/** Plans the keys of a user that are to be fetched, each source a set of its own. */
export function planImports(node: Node, user: string, context: KeyContext): Operation[] {
  const add = (set: string, url: string, key: string): Operation => {
    return { kind: 'import-keys', user, set, url, why: `${key} in the cloud-config` };
  };
  const account = (name: string, at: Node | undefined): boolean => {
    if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return true;
    context.refuse(at, `invalid value ${JSON.stringify(name)}`, { expected: 'the name of an account' });
    return false;
  };
  const fromGitHub = (key: string) =>
    wordsOf(child(node, key), ',').flatMap(([word, at]) => {
      const name = word.trim();
      if (name === '' || !account(name, at)) return [];
      return [add(`github-${name}`, `${gitHub}${name}/keys`, key)];
    });
  const fromIds = wordsOf(child(node, 'ssh_import_id'), ',').flatMap(([word, at]) => {
    const [, service = 'lp', name = ''] = /^(?:(gh|lp):)?(.*)$/s.exec(word.trim()) ?? [];
    if (!account(name, at)) return [];
    const key = 'ssh_import_id';
    if (service === 'gh') return [add(`github-${name}`, `${gitHub}${name}/keys`, key)];
    return [add(`launchpad-${name}`, `${launchpad}${name}/+sshkeys`, key)];
  });
  const operations = [
    ...fromGitHub('coreos_ssh_import_github'),
    ...fromGitHub('coreos_ssh_import_github_users'),
    ...fromUrl(child(node, 'coreos_ssh_import_url'), context, (url) =>
      add(`coreos-cloudinit-${user}`, url, 'coreos_ssh_import_url'),
    ),
    ...fromIds,
  ];
  const seen = new Map(operations.map((operation) => ['set' in operation ? operation.set : '', operation]));
  return [...seen.values()];
}

function fromUrl(
  node: Node | undefined,
  context: KeyContext,
  add: (url: string) => Operation,
): readonly Operation[] {
  const text = textOf(node)?.trim() ?? '';
  if (text === '') return [];
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return [add(url.href)];
  context.refuse(node, `invalid value ${JSON.stringify(text)}`, { expected: 'an http or https URL' });
  return [];
}
