// A reader of the small XML files that hypervisors hand over (OVF environment, Azure's agent), with
// bounds. Not a whole XML parser: a document type is refused, and with it every entity of a document's own.

export interface XmlElement {
  /** Without its namespace prefix. */
  readonly name: string;
  /** By name without prefix; of two that differ in the prefix only, the first. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The text directly within, trimmed. */
  readonly text: string;
}

export type ParsedXml = { readonly root: XmlElement } | { readonly problem: string };

const maxLength = 4 * 1024 * 1024;
const maxDepth = 64;
const maxElements = 50_000;

interface Open {
  readonly name: string;
  readonly tag: string;
  readonly attributes: Map<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/** Reads a document of at most 4 MiB, 64 levels and 50,000 elements. Never throws. */
export function parseXml(text: string): ParsedXml {
  if (text.length > maxLength) return { problem: `it is longer than ${maxLength / 1024 / 1024} MiB` };
  const stack: Open[] = [];
  let root: XmlElement | undefined;
  let count = 0;
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  const fail = (problem: string): ParsedXml => ({ problem: `${problem} in line ${lineAt(text, at)}` });
  while (at < text.length) {
    const top = stack.at(-1);
    const open = text.indexOf('<', at);
    const until = open === -1 ? text.length : open;
    const between = text.slice(at, until);
    if (top !== undefined) {
      const decoded = decodeReferences(between);
      if (decoded === undefined) return fail('there is an unknown entity');
      top.text += decoded;
    } else if (between.trim() !== '') return fail('there is text outside of the root element');
    if (open === -1) break;
    at = open;
    const aside = asideAt(text, at);
    if (aside === 'refused') return fail('a document type is not accepted');
    if (aside === 'unclosed') return fail('something is not closed');
    if (aside !== undefined) {
      if (top !== undefined) top.text += aside.text;
      at = aside.end;
      continue;
    }
    const tag = tagAt(text, at);
    if (tag === undefined) return fail('a tag is malformed');
    if (tag.closing) {
      if (top?.tag !== tag.tag) return fail(`</${tag.tag}> closes nothing`);
      stack.pop();
      const element = finished(top);
      const parent = stack.at(-1);
      if (parent === undefined) root = element;
      else parent.children.push(element);
    } else {
      if (root !== undefined) return fail('there is a second root element');
      if (++count > maxElements) return fail(`there are more than ${maxElements} elements`);
      if (stack.length >= maxDepth) return fail(`it is nested deeper than ${maxDepth} levels`);
      const begun: Open = {
        name: localName(tag.tag),
        tag: tag.tag,
        attributes: tag.attributes,
        children: [],
        text: '',
      };
      if (!tag.empty) stack.push(begun);
      else if (top === undefined) root = finished(begun);
      else top.children.push(finished(begun));
    }
    at = tag.end;
  }
  const unclosed = stack.at(-1);
  if (unclosed !== undefined) return fail(`<${unclosed.tag}> is not closed`);
  return root === undefined ? { problem: 'there is no element' } : { root };
}

/** The children of that name. */
export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** The first element of that name, the given one included, in the order of the document. */
export function findElement(element: XmlElement, name: string): XmlElement | undefined {
  if (element.name === name) return element;
  for (const child of element.children) {
    const found = findElement(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function finished(open: Open): XmlElement {
  return { name: open.name, attributes: open.attributes, children: open.children, text: open.text.trim() };
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/** A comment, an instruction or CDATA at an offset, with the text it stands for; undefined for a tag. */
function asideAt(
  text: string,
  at: number,
): { readonly end: number; readonly text: string } | 'refused' | 'unclosed' | undefined {
  for (const [begin, close] of [
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
    ['<?', '?>'],
  ] as const) {
    if (!text.startsWith(begin, at)) continue;
    const end = text.indexOf(close, at + begin.length);
    if (end === -1) return 'unclosed';
    const inside = begin === '<![CDATA[' ? text.slice(at + begin.length, end) : '';
    return { end: end + close.length, text: inside };
  }
  return text.startsWith('<!', at) ? 'refused' : undefined;
}

interface Tag {
  readonly tag: string;
  readonly closing: boolean;
  readonly empty: boolean;
  readonly attributes: Map<string, string>;
  readonly end: number;
}

// Sticky, and without two ways to read the same text: their time is linear.
const namePattern = /[A-Za-z_:][\w:.-]*/y;
const attributePattern = /\s+([A-Za-z_:][\w:.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const endPattern = /\s*(\/?)>/y;

function tagAt(text: string, at: number): Tag | undefined {
  const closing = text[at + 1] === '/';
  namePattern.lastIndex = at + (closing ? 2 : 1);
  const tag = namePattern.exec(text)?.[0];
  if (tag === undefined) return undefined;
  let end = namePattern.lastIndex;
  const attributes = new Map<string, string>();
  for (;;) {
    attributePattern.lastIndex = end;
    const match = attributePattern.exec(text);
    if (match === null) break;
    const value = decodeReferences(match[2] ?? match[3] ?? '');
    if (value === undefined) return undefined;
    const name = localName(match[1] ?? '');
    if (!attributes.has(name)) attributes.set(name, value);
    end = attributePattern.lastIndex;
  }
  endPattern.lastIndex = end;
  const close = endPattern.exec(text);
  if (close === null || (closing && (attributes.size > 0 || close[1] === '/'))) return undefined;
  return { tag, closing, empty: close[1] === '/', attributes, end: endPattern.lastIndex };
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Text with its references replaced; undefined when one is neither a character's nor one of XML's five. */
function decodeReferences(text: string): string | undefined {
  if (!text.includes('&')) return text;
  let known = true;
  const decoded = text.replace(
    /&(?:#x([\da-fA-F]{1,6})|#(\d{1,7})|(\w{1,8}))?;?/g,
    (all, hex, decimal, name) => {
      const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal ?? -1);
      const character = name === undefined ? characterOf(code) : entities[name];
      if (character === undefined || !all.endsWith(';')) known = false;
      return character ?? '';
    },
  );
  return known ? decoded : undefined;
}

function characterOf(code: number): string | undefined {
  const allowed = code === 9 || code === 10 || code === 13 || (code >= 32 && code <= 0x10ffff);
  return allowed && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : undefined;
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
