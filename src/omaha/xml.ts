// Reads XML that a stranger sent: well-formed or an error with line and column, entity declarations refused, size,
// depth and number of parts bounded. The one module that imports saxes.

import { SaxesParser } from 'saxes';
import { omahaErrors } from './errors.ts';

export interface XmlElement {
  /** Without a namespace's prefix. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly line: number;
  readonly column: number;
}

export interface XmlLimits {
  /** Default 1 MiB. */
  readonly maxBytes?: number | undefined;
}

export interface XmlOptions extends XmlLimits {
  /** Blanks may come before the declaration, as Go's readers have it and libxml2 has not. */
  readonly mayBeginBlank?: boolean;
}

export const defaultMaxBytes = 1024 * 1024;
// An honest document has 7 levels, 20 attributes an element, and some 10 elements an app.
const maxDepth = 32;
const maxAttributes = 256;
const maxElements = 20_000;
const chunkLength = 16 * 1024;

/**
 * Reads one document.
 * @param what Names it in errors: `request`, `answer`.
 * @throws omaha.empty, omaha.malformed, omaha.tooLarge
 */
export function readXml(input: Uint8Array | string, what: string, options: XmlOptions = {}): XmlElement {
  const all = decode(input, what, options.maxBytes ?? defaultMaxBytes);
  const text = options.mayBeginBlank === true ? all.replace(/^[ \t\r\n]+(?=<\?xml\s)/, '') : all;
  const reader = new TreeReader(text, what);
  // In pieces: what breaks a bound ends the work there, not at the end of the document.
  for (let start = 0; start < text.length; start += chunkLength) {
    reader.take(text.slice(start, start + chunkLength));
  }
  return reader.end();
}

function decode(input: Uint8Array | string, what: string, maxBytes: number): string {
  const size = typeof input === 'string' ? Buffer.byteLength(input) : input.length;
  if (size > maxBytes) {
    throw omahaErrors.error('tooLarge', `The ${what} has ${size} bytes; at most ${maxBytes} are read.`);
  }
  let text: string;
  try {
    // A byte order mark at the start is taken off.
    text = typeof input === 'string' ? input.replace(/^\ufeff/, '') : strictUtf8.decode(input);
  } catch (cause) {
    throw omahaErrors.error('malformed', `The ${what} is not valid UTF-8.`, {
      cause,
      hint: 'Send it as UTF-8; no other character set is read.',
    });
  }
  if (text === '') throw omahaErrors.error('empty', `The ${what} is empty.`);
  return text;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

interface OpenElement extends XmlElement {
  readonly attributes: Map<string, string>;
  readonly children: XmlElement[];
}

class TreeReader {
  readonly #text: string;
  readonly #what: string;
  readonly #parser = new SaxesParser({ xmlns: false, position: true });
  readonly #open: OpenElement[] = [];
  #root: XmlElement | undefined;
  #elements = 0;
  /** Of the element that is being read: how many attributes it has, and which of them have no prefix. */
  #attributes = 0;
  readonly #plain = new Set<string>();

  constructor(text: string, what: string) {
    this.#text = text;
    this.#what = what;
    const parser = this.#parser;
    parser.on('error', ({ message }) => this.#refuse(message.replace(/^\d+:\d+: /, '').replace(/\.$/, '')));
    parser.on('doctype', () =>
      this.#refuse('a document type is declared', 'Entities are not expanded here.'),
    );
    parser.on('xmldecl', ({ version, encoding }) => {
      if (version !== undefined && version !== '1.0') this.#refuse(`its version is ${version}, not 1.0`);
      if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) this.#refuse('its encoding is not UTF-8');
    });
    parser.on('opentagstart', ({ name }) => this.#start(name));
    parser.on('attribute', ({ name, value }) => this.#attribute(name, value));
    parser.on('closetag', () => this.#open.pop());
  }

  take(text: string): void {
    this.#parser.write(text);
  }

  end(): XmlElement {
    this.#parser.close();
    return this.#root ?? this.#refuse('it has no element');
  }

  #start(name: string): void {
    this.#elements += 1;
    this.#attributes = 0;
    this.#plain.clear();
    if (this.#elements > maxElements) this.#tooLarge(`it has over ${maxElements} elements`);
    if (this.#open.length >= maxDepth) this.#tooLarge(`its elements are more than ${maxDepth} levels deep`);
    const { line, column } = this.#parser;
    const element = { name: localName(name), attributes: new Map(), children: [], line, column };
    this.#open.at(-1)?.children.push(element);
    this.#root ??= element;
    this.#open.push(element);
  }

  /** Takes one as it comes; that none comes twice is seen to by the parser, a moment later. */
  #attribute(name: string, value: string): void {
    this.#attributes += 1;
    if (this.#attributes > maxAttributes) this.#tooLarge(`an element has over ${maxAttributes} attributes`);
    const attributes = this.#open.at(-1)?.attributes;
    if (!name.includes(':')) {
      attributes?.set(name, value);
      this.#plain.add(name);
      return;
    }
    // Who has a prefix means the same, as Go's readers see it; who has none has said it plainly.
    const local = localName(name);
    if (!name.startsWith('xmlns:') && !this.#plain.has(local)) attributes?.set(local, value);
  }

  #refuse(problem: string, hint?: string): never {
    const { line, column } = this.#parser;
    const advice = hint ?? adviceOn(problem, this.#text);
    throw omahaErrors.error(
      'malformed',
      `The ${this.#what} is no XML that can be read: line ${line}, column ${column}: ${problem}.`,
      advice === undefined ? {} : { hint: advice },
    );
  }

  #tooLarge(problem: string): never {
    const { line, column } = this.#parser;
    throw omahaErrors.error(
      'tooLarge',
      `The ${this.#what} is not read to its end: line ${line}, column ${column}: ${problem}.`,
    );
  }
}

/** What the reader of an error may have overlooked: the two characters that people forget to escape. */
function adviceOn(problem: string, text: string): string | undefined {
  if (/whitespace between attributes|attribute name|without value/.test(problem)) {
    return 'A quote inside an attribute must be written as &quot;.';
  }
  // An & that begins nothing swallows all up to the next semicolon.
  const isSwallowed = /unclosed|unexpected end|entity/.test(problem) && /&(?![#\w]{1,10};)/.test(text);
  return isSwallowed ? 'An & must be written as &amp;.' : undefined;
}

const localName = (name: string): string => name.slice(name.lastIndexOf(':') + 1);
