// Of a text that is not YAML, or not whole, only what lets people in is used: who the machine is, who may
// log in. A mistake elsewhere in the text must not cost that, so each of these keys is read by itself.

import type { Document } from '../model.ts';
import { mergeTrees } from './merge.ts';
import type { MappingNode } from './tree.ts';
import { parseYaml } from './yaml.ts';

const kept = ['hostname', 'fqdn', 'groups', 'users', 'user', 'ssh_authorized_keys'];
const lifeline = new RegExp(`^(["']?)(?:${kept.join('|').replaceAll('_', '[-_]')})\\1[ \\t]*:(?=\\s|$)`);

/** More than these are no lifelines, but an attempt to keep us busy. */
const maxBlocks = 20;

/** These keys from their own lines; where they have none, as the whole was read. */
export function lifelinesOf(document: Document, whole: MappingNode | undefined): MappingNode | undefined {
  const blocks = blocksOf(document.text);
  const trees = blocks.flatMap(([start, end]) => {
    // Blanks stand for what is before it, so that every place stays what it is.
    const before = document.text.slice(0, start).replace(/[^\r\n]+/g, (line) => ' '.repeat(line.length));
    const { root, broken } = parseYaml(before + document.text.slice(start, end), { document });
    return broken || root?.kind !== 'mapping' ? [] : [root];
  });
  const read = blocks.length > 0 ? mergeTrees(trees, []) : whole;
  return read && { ...read, entries: new Map([...read.entries].filter(([key]) => kept.includes(key))) };
}

/** Where the keys' lines begin and end: from the key to the next thing in the first column. */
function blocksOf(text: string): readonly (readonly [number, number])[] {
  const blocks: [number, number][] = [];
  let start: number | undefined;
  for (let at = 0; at < text.length && blocks.length < maxBlocks; ) {
    const newline = text.indexOf('\n', at);
    const next = newline === -1 ? text.length : newline + 1;
    const line = text.slice(at, Math.min(next, at + 80));
    if (/^(?:[^\s#\-\]}]|---\s)/.test(line)) {
      if (start !== undefined) blocks.push([start, at]);
      start = lifeline.test(line) ? at : undefined;
    }
    at = next;
  }
  if (start !== undefined) blocks.push([start, text.length]);
  return blocks;
}
