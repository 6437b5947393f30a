// $private_ipv4 and its kin: in the values of a tree, so that an address can never break the YAML.

import type { AddressName, Finding, Place } from '../model.ts';
import type { Entry, MappingNode, Node, SequenceNode } from './tree.ts';

const token = /(\\?)\$(public_ipv4|private_ipv4|public_ipv6|private_ipv6)/g;

const isAddressName = (name: string): name is AddressName => /^(public|private)_ipv[46]$/.test(name);

/** The address of that name; undefined or empty when the machine has none. */
export type AddressOf = (name: AddressName) => string | undefined;

/**
 * Replaces the tokens of a text; a backslash before one keeps it. `onEmpty` hears of missing addresses, and
 * where in the text each was wanted.
 */
export function substituteText(
  text: string,
  addressOf: AddressOf,
  onEmpty: (name: AddressName, at: number) => void,
): string {
  if (!text.includes('$')) return text;
  return text.replace(token, (_, backslash: string, name: string, at: number) => {
    if (backslash !== '' || !isAddressName(name)) return `$${name}`;
    const address = addressOf(name) ?? '';
    if (address === '') onEmpty(name, at);
    return address;
  });
}

/** What is said of a token that nothing can be put in for. */
export function emptyAddress(name: AddressName, place: Place): Finding {
  return {
    kind: 'warning',
    message: `$${name} is empty: the address is not known`,
    place,
    hint: `Give it as COREOS_${name.toUpperCase()} in /etc/environment.`,
    dropped: false,
  };
}

/** Where in a value, as it is written in the document, words stand that would be replaced. */
function placesOf(whole: Place, names: ReadonlySet<AddressName>): Place[] {
  const { document } = whole;
  if (document === undefined) return [];
  const written = document.text.slice(whole.start, whole.end);
  const places: Place[] = [];
  let [line, begin] = [whole.line, whole.start - (whole.column - document.column)];
  let seen = 0;
  for (const { 0: word, 1: backslash, 2: name = '', index } of written.matchAll(token)) {
    if (backslash !== '' || !isAddressName(name) || !names.has(name)) continue;
    for (let at = written.indexOf('\n', seen); at !== -1 && at < index; at = written.indexOf('\n', seen)) {
      line++;
      begin = whole.start + at + 1;
      seen = at + 1;
    }
    const start = whole.start + index;
    places.push({ start, end: start + word.length, line, column: start - begin + document.column, document });
  }
  return places;
}

/** The tree with every value substituted, and a finding for each address that is not known. */
export function substitute(
  root: Node,
  addressOf: AddressOf,
): { readonly root: Node; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const done = new Map<Node, Node>();
  const visit = (node: Node): Node => {
    if (node.kind === 'scalar') {
      if (typeof node.value !== 'string' || node.bytes !== undefined || !node.text.includes('$')) return node;
      const empty: AddressName[] = [];
      const text = substituteText(node.text, addressOf, (name) => empty.push(name));
      const places = empty.length === 0 ? [] : placesOf(node.place, new Set(empty));
      for (const [index, name] of empty.entries()) {
        findings.push(emptyAddress(name, places[index] ?? node.place));
      }
      return text === node.text ? node : { ...node, text, value: text };
    }
    const before = done.get(node);
    if (before !== undefined) return before;
    const next = node.kind === 'sequence' ? visitItems(node) : visitEntries(node);
    done.set(node, next);
    return next;
  };
  // What has no token in it stays the same node.
  const visitItems = (node: SequenceNode): Node => {
    let items: Node[] | undefined;
    for (const [index, item] of node.items.entries()) {
      const value = visit(item);
      if (value === item) continue;
      items ??= [...node.items];
      items[index] = value;
    }
    return items === undefined ? node : { ...node, items };
  };
  const visitEntries = (node: MappingNode): Node => {
    let entries: Map<string, Entry> | undefined;
    for (const [key, entry] of node.entries) {
      const value = visit(entry.value);
      if (value === entry.value) continue;
      entries ??= new Map(node.entries);
      entries.set(key, { ...entry, value });
    }
    return entries === undefined ? node : { ...node, entries };
  };
  return { root: visit(root), findings };
}
