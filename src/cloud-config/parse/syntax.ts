// What the YAML package finds wrong, in the words of libyaml's scanner and parser, which the original spoke
// and scripts know, and with advice in ours. One finding a line: what follows on it is seldom a second mistake.

import { type Document, visit, type YAMLParseError } from 'yaml';
import type { Finding } from '../model.ts';
import type { Positions } from './positions.ts';

interface Words {
  readonly message: string;
  readonly hint: string;
  /** Where it is, when that is not where the package says. */
  readonly at?: number;
}

const spaces = 'Is the indentation right?';
const mappingValues: Words = {
  message: 'mapping values are not allowed in this context',
  hint: 'Is the indentation right, or does a value with ": " in it need quotes?',
};
const expectedKey: Words = {
  message: 'did not find expected key',
  hint: 'All keys of a map begin in the same column.',
};
const expectedDash: Words = {
  message: "did not find expected '-' indicator",
  hint: 'All items of a list begin with "- " in the same column, and the keys of an item below its first key.',
};
const expectedColon: Words = {
  message: "could not find expected ':'",
  hint: 'A key needs ": " after it; or the line belongs to the one before and is not indented enough.',
};

/** The syntax errors of a document that was composed of `text`. */
export function syntaxFindings(document: Document.Parsed, text: string, positions: Positions): Finding[] {
  const findings: Finding[] = [];
  const lines = new Set<number>();
  const implicitKeys = new Set<number>();
  /** Where keys that go over several lines end, by where they begin. */
  const ends = new Map<number, number>();
  for (const { code, pos } of document.errors) {
    if (code === 'BLOCK_AS_IMPLICIT_KEY') implicitKeys.add(pos[0]);
    if (code === 'MULTILINE_IMPLICIT_KEY') ends.set(pos[0], pos[1]);
  }
  for (const error of document.errors) {
    // The same mistake said twice.
    if (error.code === 'MULTILINE_IMPLICIT_KEY' && implicitKeys.has(error.pos[0])) continue;
    if (isKeptToken(error, text)) continue;
    const words = wordsOf(error, { document, text, ends });
    const start = firstSign(text, words.at ?? error.pos[0]);
    const end = words.at === undefined ? Math.max(error.pos[1], start + 1) : start + 1;
    const place = positions.place(start, end);
    if (lines.has(place.line)) continue;
    lines.add(place.line);
    findings.push({ kind: 'error', message: words.message, place, hint: words.hint, dropped: true });
  }
  return findings;
}

interface Context {
  readonly document: Document.Parsed;
  readonly text: string;
  readonly ends: ReadonlyMap<number, number>;
}

/** From within a line's indentation to what follows it. */
function firstSign(text: string, at: number): number {
  const blank = /[ ]*/y;
  blank.lastIndex = at;
  const to = at + (blank.exec(text)?.[0].length ?? 0);
  return to < text.length && text[to] !== '\n' ? to : at;
}

/** `"\$private_ipv4"`: the backslash keeps the word from being replaced, and is no escape of YAML. */
function isKeptToken({ code, pos }: YAMLParseError, text: string): boolean {
  return code === 'BAD_DQ_ESCAPE' && /^\\\$(public|private)_ipv[46]/.test(text.slice(pos[0], pos[0] + 16));
}

function wordsOf(error: YAMLParseError, { document, text, ends }: Context): Words {
  const { code, message, pos } = error;
  const sign = text[pos[0]] ?? '';
  switch (code) {
    case 'TAB_AS_INDENT':
      return {
        message: 'found character that cannot start any token',
        hint: 'Indent with spaces, not with tabs.',
      };
    case 'BAD_SCALAR_START':
      return {
        message: /[,\]}]/.test(sign)
          ? 'did not find expected node content'
          : 'found character that cannot start any token',
        hint: `Put quotes around a value that begins with ${JSON.stringify(sign)}.`,
      };
    case 'BLOCK_AS_IMPLICIT_KEY': {
      const end = ends.get(pos[0]);
      return end === undefined ? mappingValues : { ...mappingValues, at: startOfLine(text, end) };
    }
    case 'MULTILINE_IMPLICIT_KEY':
    case 'KEY_OVER_1024_CHARS':
      return expectedColon;
    case 'BLOCK_IN_FLOW':
      return unclosed(text, pos[0], 'Within brackets and braces values are written in brackets and braces.');
    case 'BAD_DQ_ESCAPE':
      return {
        message: 'found unknown escape character',
        hint: 'In double quotes a backslash is written as two; in single quotes it is one.',
      };
    case 'BAD_INDENT':
      return badIndent(message, text, pos[0]);
    case 'MISSING_CHAR':
      return missingCharacter(message, document, text, pos[0]);
    case 'BAD_ALIAS':
      return {
        message: 'did not find expected alphabetic or numeric character',
        hint: 'Put quotes around a value that begins with "*".',
      };
    case 'TAG_RESOLVE_FAILED':
      return {
        message: /Verbatim/.test(message) ? "did not find the expected '>'" : 'found undefined tag handle',
        hint: 'Put quotes around a value that begins with "!".',
      };
    case 'BAD_DIRECTIVE':
      return {
        message: 'found unknown directive name',
        hint: 'A line that begins with "%" is for YAML itself.',
      };
    case 'UNEXPECTED_TOKEN':
      return unexpected(message);
    default:
      return { message: expectedKey.message, hint: `${message}.` };
  }
}

function badIndent(message: string, text: string, at: number): Words {
  if (/end with a [\]}]/.test(message)) return unclosed(text, at, 'A bracket or brace is never closed.');
  if (/sequence/i.test(message)) return expectedDash;
  return /Block scalar/.test(message)
    ? {
        message: 'did not find expected key',
        hint: 'Lines of a block are indented more than its key, with spaces.',
      }
    : expectedKey;
}

function missingCharacter(message: string, document: Document.Parsed, text: string, at: number): Words {
  if (/closing/.test(message)) {
    const start = quoteEndingAt(document, at);
    return {
      message: 'found unexpected end of stream',
      hint: 'The quote that opens here is never closed.',
      ...(start === undefined ? {} : { at: start }),
    };
  }
  if (/end with a [\]}]/.test(message)) return unclosed(text, at, 'A bracket or brace is never closed.');
  if (/Sequence item/.test(message)) return expectedDash;
  return expectedColon;
}

function unexpected(message: string): Words {
  if (/Block scalar header/.test(message)) {
    return {
      message: 'did not find expected comment or line break',
      hint: 'After "|" or ">" the text begins on the next line.',
    };
  }
  if (/(flow-\w+-end|comma) token/.test(message)) {
    return { message: 'did not find expected node content', hint: 'Put quotes around a value of brackets.' };
  }
  return { message: expectedKey.message, hint: `${spaces} Only a comment may follow a value on its line.` };
}

function unclosed(text: string, at: number, hint: string): Words {
  const before = text.slice(Math.max(0, at - 10_000), at);
  const list = before.lastIndexOf('[') > before.lastIndexOf('{');
  return { message: `did not find expected ',' or '${list ? ']' : '}'}'`, hint };
}

function quoteEndingAt(document: Document.Parsed, end: number): number | undefined {
  let start: number | undefined;
  visit(document, {
    Scalar: (_, { type, range }) => {
      if (range && range[1] === end && /^QUOTE/.test(type ?? '')) start = range[0];
    },
  });
  return start;
}

/** The first thing on the line of that offset. */
function startOfLine(text: string, at: number): number {
  const begin = text.lastIndexOf('\n', at - 1) + 1;
  return begin + (/^[ ]*/.exec(text.slice(begin, at))?.[0].length ?? 0);
}
