// The tree of a cloud-config: plain data whose every value still knows where it was written.

import type { Place } from '../model.ts';

export type Scalar = string | number | boolean | null;

export interface ScalarNode {
  readonly kind: 'scalar';
  /** As written, unquoted and unfolded: `0644` stays `0644`. */
  readonly text: string;
  readonly value: Scalar;
  /** The bytes of a !!binary. */
  readonly bytes?: Uint8Array;
  readonly place: Place;
}

export interface SequenceNode {
  readonly kind: 'sequence';
  readonly items: readonly Node[];
  readonly place: Place;
}

export interface Entry {
  /** With `-` read as `_`. */
  readonly key: string;
  /** The key as it is in the text. */
  readonly written: string;
  readonly keyPlace: Place;
  readonly value: Node;
}

export interface MappingNode {
  readonly kind: 'mapping';
  readonly entries: ReadonlyMap<string, Entry>;
  readonly place: Place;
}

export type Node = ScalarNode | SequenceNode | MappingNode;
export type Path = readonly (string | number)[];

/** The value of that key, when the node is a mapping that has it. */
export function child(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === 'mapping' ? node.entries.get(key)?.value : undefined;
}

/** The items of a sequence; none for anything else. */
export function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === 'sequence' ? node.items : [];
}

/** The items of a list, wherever a list may also be written as a text: then each line is one. */
export function sequenceOfLines(node: Node): readonly Node[] {
  if (node.kind === 'sequence') return node.items;
  if (node.kind === 'mapping' || !node.text.includes('\n')) return [node];
  const lines = node.text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((text) => ({ kind: 'scalar', text, value: text, place: node.place }));
}

/** The text of a scalar that is not null. */
export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' && node.value !== null ? node.text : undefined;
}

/** Whether the node is the boolean true. */
export function isTrue(node: Node | undefined): boolean {
  return node?.kind === 'scalar' && node.value === true;
}

/**
 * Plain data for the schema; aliased nodes are shared, not copied. With `written` the keys are as in the
 * text, for mappings whose keys are names.
 */
export function toData(
  node: Node,
  keys: 'key' | 'written' = 'key',
  known: Map<Node, unknown> = new Map(),
): unknown {
  if (node.kind === 'scalar') return node.value;
  const before = known.get(node);
  if (before !== undefined) return before;
  const data =
    node.kind === 'sequence'
      ? node.items.map((item) => toData(item, keys, known))
      : recordOf(node, keys, known);
  known.set(node, data);
  return data;
}

function recordOf(
  node: MappingNode,
  keys: Parameters<typeof toData>[1],
  known: Map<Node, unknown>,
): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const entry of node.entries.values()) {
    const name = entry[keys ?? 'key'];
    const value = toData(entry.value, keys, known);
    if (name !== '__proto__') data[name] = value;
    else Object.defineProperty(data, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return data;
}

/** The node at a path, with the entry that leads to it if a mapping does. */
export function nodeAt(root: Node, path: Path): { node: Node; entry: Entry | undefined } | undefined {
  let node = root;
  let entry: Entry | undefined;
  for (const step of path) {
    entry = node.kind === 'mapping' ? node.entries.get(String(step)) : undefined;
    const next = node.kind === 'sequence' ? node.items[Number(step)] : entry?.value;
    if (next === undefined) return undefined;
    node = next;
  }
  return { node, entry };
}

/** The tree without the values at these paths; shares all that is untouched. */
export function without(root: Node, paths: readonly Path[]): Node {
  const heads = new Map<string, Path[]>();
  const gone = new Set<string>();
  for (const [head, ...rest] of paths) {
    if (head === undefined) continue;
    const key = String(head);
    const below = heads.get(key);
    if (rest.length === 0) gone.add(key);
    else if (below === undefined) heads.set(key, [rest]);
    else below.push(rest);
  }
  if (root.kind === 'scalar' || (gone.size === 0 && heads.size === 0)) return root;
  const inner = (node: Node, key: string) => without(node, heads.get(key) ?? []);
  if (root.kind === 'sequence') {
    const items = root.items.flatMap((item, index) =>
      gone.has(String(index)) ? [] : [inner(item, String(index))],
    );
    return { ...root, items };
  }
  const entries = new Map<string, Entry>();
  for (const [key, entry] of root.entries) {
    if (!gone.has(key)) entries.set(key, { ...entry, value: inner(entry.value, key) });
  }
  return { ...root, entries };
}
