// YAML text into our tree, with bounds: whatever the text is, this ends soon, in a tree, in findings or
// in both.

import {
  Composer,
  type CST,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Document as YamlDocument,
} from 'yaml';
import { monotonicMs } from '../../host/index.ts';
import { readTokens } from '../generated/yaml-tokens.ts';
import type { Document, Finding, Place } from '../model.ts';
import { type Positions, positionsOf } from './positions.ts';
import { resolvePlain } from './scalar.ts';
import { syntaxFindings } from './syntax.ts';
import type { Entry, MappingNode, Node } from './tree.ts';

export interface Limits {
  /** Characters of text. */
  readonly maxLength: number;
  readonly maxDepth: number;
  /** Values in the tree after every alias is expanded. */
  readonly maxValues: number;
  readonly maxMs: number;
}

export const defaultLimits: Limits = {
  maxLength: 32 * 1024 * 1024,
  maxDepth: 100,
  maxValues: 2_000_000,
  maxMs: 30_000,
};

export interface ParsedYaml {
  /** Undefined when not even a part could be read. */
  readonly root: Node | undefined;
  readonly findings: readonly Finding[];
  /** Whether what was read may be something else than what was meant. */
  readonly broken: boolean;
}

export interface ParseOptions {
  /** Where the text stands; its places are those of that document's file. */
  readonly document?: Document;
  readonly limits?: Limits;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number;
}

/** Parses the first YAML document of a text. Never throws. */
export function parseYaml(given: string, options: ParseOptions = {}): ParsedYaml {
  const { limits = defaultLimits, now = monotonicMs } = options;
  // A line may also end in a carriage return alone; the package does not know that.
  const text = given.includes('\r') ? given.replace(/\r(?!\n)/g, '\n') : given;
  const positions = positionsOf(text, options.document);
  const findings: Finding[] = [];
  const refuse = (message: string, at = 0): ParsedYaml => {
    findings.push(problem(message, positions.place(at, at + 1)));
    return { root: undefined, findings, broken: true };
  };
  if (text.length > limits.maxLength) {
    return refuse(`the text is longer than ${limits.maxLength} characters`);
  }
  const control = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.exec(text);
  if (control !== null) return refuse('control characters are not allowed', control.index);
  const tokens = tokensOf(text, limits, now);
  if ('message' in tokens) return refuse(tokens.message, tokens.offset);
  try {
    return compose(tokens.tokens, text, positions, limits, findings);
  } catch (error) {
    // The composer of the package recurses and throws on a few malformed texts; neither is ours to die of.
    return refuse(`the YAML cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function problem(message: string, place: Place, kind: Finding['kind'] = 'error'): Finding {
  return { kind, message, place, dropped: kind === 'error' };
}

type Tokens = { readonly tokens: CST.Token[] } | Excess;

interface Excess {
  readonly message: string;
  readonly offset: number;
}

/** Reads step by step, so that depth and time are checked before anything recurses over the result. */
function tokensOf(text: string, limits: Limits, now: () => number): Tokens {
  const deadline = now() + limits.maxMs;
  const tokens: CST.Token[] = [];
  let count = 0;
  let excess: Excess | undefined;
  const stop = (message: string, offset: number) => {
    excess = { message, offset };
    throw new Error(message);
  };
  const check = (offset: number, depth: number) => {
    if (depth > limits.maxDepth) stop(`nested deeper than ${limits.maxDepth} levels`, offset);
    if (++count % 1024 === 0 && now() > deadline) {
      stop(`reading took longer than ${limits.maxMs / 1000} s`, offset);
    }
  };
  try {
    readTokens(text, (token) => tokens.push(token), check);
  } catch (error) {
    if (excess === undefined) throw error;
    return excess;
  }
  return { tokens };
}

function compose(
  tokens: CST.Token[],
  source: string,
  positions: Positions,
  limits: Limits,
  findings: Finding[],
): ParsedYaml {
  const options = {
    version: '1.1',
    schema: 'failsafe',
    uniqueKeys: false,
    merge: false,
    logLevel: 'silent',
    strict: false,
  } as const;
  const [document] = new Composer(options).compose(tokens, true, 0);
  if (document === undefined) return { root: undefined, findings, broken: false };
  const rest = unread(document, positions);
  if (rest !== undefined) findings.push(rest);
  else if (document.errors.length > 0) findings.push(...syntaxFindings(document, source, positions));
  const [, ...others] = tokens.filter((token) => token.type === 'document');
  const second = others.find(({ value }) => value !== undefined);
  if (second !== undefined) {
    const place = positions.place(second.offset, second.offset + 3);
    const hint = 'Only the first document counts; put everything into it.';
    findings.push({ ...problem('what follows "---" is not read', place, 'warning'), hint });
  }
  const converter = new Converter(source, positions, limits, findings);
  const root = document.contents === null ? undefined : converter.convert(document.contents);
  const broken = findings.some((finding) => finding.kind === 'error' && finding !== rest);
  return { root: converter.exceeded ? undefined : root, findings, broken };
}

/** A long text counts for more than one value: an alias can repeat it as often as a short one. */
const weightOf = (node: Node): number => (node.kind === 'scalar' ? 1 + (node.text.length >> 6) : 1);

/** What stands further left than the whole document and so after its end: it was never read. */
function unread({ contents, errors }: YamlDocument.Parsed, positions: Positions): Finding | undefined {
  const [first] = errors;
  const range = contents?.range;
  if (first === undefined || range == null || !errors.every(({ code }) => code === 'UNEXPECTED_TOKEN')) {
    return undefined;
  }
  const place = positions.place(first.pos[0], Math.max(first.pos[1], first.pos[0] + 1));
  const inside = first.pos[0] < range[1] || place.column >= positions.place(range[0], range[0]).column;
  if (inside) return undefined;
  const hint = 'The cloud-config ends before it; what follows is not read. Is the indentation right?';
  return { ...problem('did not find expected <document start>', place), hint };
}

/** Turns the package's nodes into ours: keys normalised, duplicates merged, aliases shared. */
class Converter {
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
