// From the YAML package's nodes to our tree: keys normalised, duplicates merged, aliases shared and counted.

import { isAlias, isMap, isNode, isPair, isScalar, isSeq } from 'yaml';
import type { Finding, Place } from '../model.ts';
import type { Positions } from './positions.ts';
import { resolvePlain } from './scalar.ts';
import type { Entry, MappingNode, Node } from './tree.ts';

export interface Limits {
  /** Characters of text. */
  readonly maxLength: number;
  readonly maxDepth: number;
  /** Values in the tree after every alias is expanded. */
  readonly maxValues: number;
  readonly maxMs: number;
}

/** A finding about the text as YAML. */
export function problem(message: string, place: Place, kind: Finding['kind'] = 'error'): Finding {
  return { kind, message, place, dropped: kind === 'error' };
}

/** A long text counts for more than one value: an alias can repeat it as often as a short one. */
const weightOf = (node: Node): number => (node.kind === 'scalar' ? 1 + (node.text.length >> 6) : 1);

/** Converts one document; what is wrong in it is added to the findings. */
export class Converter {
  exceeded = false;
  readonly #source: string;
  readonly #positions: Positions;
  readonly #limits: Limits;
  readonly #findings: Finding[];
  readonly #anchors = new Map<string, Node | 'open'>();
  /** How many values a node has once its aliases are expanded. */
  readonly #sizes = new Map<Node, number>();

  constructor(source: string, positions: Positions, limits: Limits, findings: Finding[]) {
    this.#source = source;
    this.#positions = positions;
    this.#limits = limits;
    this.#findings = findings;
  }

  convert(value: unknown): Node {
    if (isAlias(value)) return this.#alias(value.source, this.#place(value.range));
    const anchor = isScalar(value) || isMap(value) || isSeq(value) ? value.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, 'open');
    const node = this.#convertOwn(value);
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    return node;
  }

  #convertOwn(value: unknown): Node {
    if (isSeq(value)) {
      const items = value.items.map((item) => this.convert(isPair(item) ? item.key : item));
      return this.#sized({ kind: 'sequence', items, place: this.#place(value.range) }, items);
    }
    if (isMap(value)) {
      const found = new Map<string, Entry[]>();
      const merged: Entry[] = [];
      for (const pair of value.items) this.#addPair(found, merged, pair.key, pair.value);
      for (const entry of merged) if (!found.has(entry.key)) found.set(entry.key, [entry]);
      return this.#mapping(found, this.#place(value.range));
    }
    if (isScalar(value)) return this.#scalar(value);
    return { kind: 'scalar', text: '', value: null, place: this.#place(undefined) };
  }

  #scalar(value: { value: unknown; type?: string; tag?: string; range?: unknown }): Node {
    const place = this.#place(value.range);
    const written = typeof value.value === 'string' ? value.value : '';
    const text = this.#endsUnfinished(value.type, place, written) ? written.slice(0, -1) : written;
    const tag = value.tag ?? '';
    if (tag.endsWith(':binary') || tag === '!!binary') {
      const packed = text.replace(/\s/g, '');
      if (/^[A-Za-z0-9+/]*={0,2}$/.test(packed) && packed.length % 4 === 0) {
        const bytes = Buffer.from(packed, 'base64');
        return { kind: 'scalar', text: bytes.toString('utf8'), value: text, bytes, place };
      }
      this.#findings.push(problem('!!binary value contains invalid base64 data', place));
      return { kind: 'scalar', text: '', value: null, place };
    }
    const unquoted = value.type === undefined || value.type === 'PLAIN';
    const plain = (unquoted && !tag.endsWith(':str')) || /:(int|float|bool|null)$/.test(tag);
    return { kind: 'scalar', text, value: plain ? resolvePlain(text) : text, place };
  }

  /** Whether a block's last line is the text's last and has no newline: then the value has none either. */
  #endsUnfinished(type: string | undefined, { end }: Place, written: string): boolean {
    if (type !== 'BLOCK_LITERAL' && type !== 'BLOCK_FOLDED') return false;
    return end >= this.#source.length && written.endsWith('\n') && /\S[ \t]*$/.test(this.#source.slice(-200));
  }

  #alias(name: string, place: Place): Node {
    const target = this.#anchors.get(name);
    // Said already, as an error of the syntax.
    if (name === '') return { kind: 'scalar', text: '', value: null, place };
    if (target !== undefined && target !== 'open') return target;
    this.#findings.push(
      problem(
        target === 'open' ? `Anchor '${name}' value contains itself` : `Unknown anchor '${name}' referenced`,
        place,
      ),
    );
    return { kind: 'scalar', text: '', value: null, place };
  }

  #addPair(found: Map<string, Entry[]>, merged: Entry[], keyNode: unknown, valueNode: unknown): void {
    const keyText = this.#keyOf(keyNode);
    const value = this.convert(valueNode ?? undefined);
    const keyPlace = isNode(keyNode) ? this.#place(keyNode.range) : value.place;
    if (keyText === undefined) {
      this.#findings.push(problem('a key must be a single word', keyPlace));
      return;
    }
    if (keyText === '<<') {
      for (const entry of this.#merge(value, keyPlace)) merged.push(entry);
      return;
    }
    const key = keyText.replaceAll('-', '_');
    // A key without a value has no place of its own.
    const placed = value.place.end === 0 ? { ...value, place: keyPlace } : value;
    const entry = { key, written: keyText, keyPlace, value: placed };
    const before = found.get(key);
    if (before === undefined) {
      found.set(key, [entry]);
      return;
    }
    before.push(entry);
    this.#findings.push({
      ...problem(`duplicate key "${key}"`, keyPlace, 'warning'),
      hint: `It is also in line ${before[0]?.keyPlace.line}; lists are appended, maps merged, of other values the last one counts.`,
    });
  }

  /** A key as it was written; it may have an anchor, or be an alias of a word. */
  #keyOf(node: unknown): string | undefined {
    if (isScalar(node) && node.anchor === undefined) {
      return typeof node.value === 'string' ? node.value : undefined;
    }
    if (!isScalar(node) && !isAlias(node)) return undefined;
    const key = this.convert(node);
    return key.kind === 'scalar' ? key.text : undefined;
  }

  /** `<<`: the entries of the mapping, or of several; what is written beside it wins over them. */
  #merge(value: Node, place: Place): Entry[] {
    return (value.kind === 'sequence' ? value.items : [value]).flatMap((source) => {
      if (source.kind === 'mapping') return [...source.entries.values()];
      this.#findings.push(problem('map merge requires map or sequence of maps as the value', place));
      return [];
    });
  }

  /** One mapping of all that was found under each key. */
  #mapping(found: ReadonlyMap<string, readonly Entry[]>, place: Place): MappingNode {
    const entries = new Map<string, Entry>();
    for (const [key, all] of found) {
      const last = all.at(-1);
      if (last !== undefined) entries.set(key, { ...last, value: this.#combine(all, last.value) });
    }
    const children = Array.from(entries.values(), (entry) => entry.value);
    return this.#sized({ kind: 'mapping', entries, place }, children);
  }

  /** Duplicates: lists appended, maps merged, of anything else the last. */
  #combine(all: readonly Entry[], last: Node): Node {
    if (all.length === 1) return last;
    const values = all.map((entry) => entry.value);
    if (last.kind === 'scalar' && last.value === null) {
      // A key without a value takes nothing away from the same key with one.
      const given = all.filter(({ value }) => value.kind !== 'scalar' || value.value !== null);
      return this.#combine(given.length === 0 ? all.slice(-1) : given, given.at(-1)?.value ?? last);
    }
    if (last.kind === 'sequence') {
      const items = values.flatMap((value) => (value.kind === 'sequence' ? value.items : []));
      return this.#sized({ ...last, items }, items);
    }
    if (last.kind === 'scalar') return last;
    const found = new Map<string, Entry[]>();
    for (const value of values) {
      if (value.kind !== 'mapping') continue;
      for (const [key, entry] of value.entries) {
        const before = found.get(key);
        if (before === undefined) found.set(key, [entry]);
        else before.push(entry);
      }
    }
    return this.#mapping(found, last.place);
  }

  #sized<Kind extends Node>(node: Kind, children: readonly Node[]): Kind {
    let size = 1;
    for (const inner of children) size += this.#sizes.get(inner) ?? weightOf(inner);
    this.#sizes.set(node, size);
    if (size > this.#limits.maxValues && !this.exceeded) {
      this.exceeded = true;
      this.#findings.push(
        problem(`aliases expand to more than ${this.#limits.maxValues} values`, node.place),
      );
    }
    return node;
  }

  #place(range: unknown): Place {
    if (!Array.isArray(range)) return { start: 0, end: 0, line: 1, column: 1 };
    const [start, end] = range;
    return this.#positions.place(Number(start), Math.max(Number(end), Number(start)));
  }
}
