// YAML text into our tree, with bounds: whatever the text is, this ends soon, in a tree, in findings or
// in both.

import { Composer, type CST, type Document as YamlDocument } from 'yaml';
import { monotonicMs } from '../../host/index.ts';
import { readTokens } from '../generated/yaml-tokens.ts';
import type { Document, Finding } from '../model.ts';
import { Converter, type Limits, problem } from './converter.ts';
import { type Positions, positionsOf } from './positions.ts';
import { syntaxFindings } from './syntax.ts';
import type { Node } from './tree.ts';

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
