// #cloud-config-archive: a YAML list of pieces, each a text or a map of content, type and filename.

import type { Document } from '../model.ts';
import { child, type Node, type ScalarNode, textOf } from '../parse/tree.ts';
import { parseYaml } from '../parse/yaml.ts';
import type { Expansion } from './expand.ts';
import { type Piece, partName } from './piece.ts';

/** Adds each piece of the list. */
export async function readArchive(expansion: Expansion, document: Document, piece: Piece): Promise<void> {
  if (!expansion.deeper(document, piece)) return;
  const { root, findings } = parseYaml(document.text, { document });
  expansion.findings.push(...findings);
  if (root?.kind !== 'sequence') {
    if (root !== undefined) expansion.find(document, 'an archive is a list of pieces', { line: 2 });
    return;
  }
  const damaged = piece.damaged === true || findings.some(({ kind }) => kind === 'error');
  for (const [index, item] of root.items.entries()) {
    const content = item.kind === 'mapping' ? child(item, 'content') : item;
    if (content?.kind !== 'scalar' || (content.value === null && item.kind !== 'mapping')) {
      const expected = 'a text, or a map with content, type and filename';
      expansion.findings.push({
        kind: 'error',
        message: `piece ${index + 1} of the archive has no content`,
        place: item.place,
        dropped: true,
        expected,
      });
      continue;
    }
    await addItem(expansion, document, { ...piece, damaged }, item, content, index + 1);
  }
}

async function addItem(
  expansion: Expansion,
  document: Document,
  piece: Piece,
  item: Node,
  content: ScalarNode,
  number: number,
): Promise<void> {
  const type = (textOf(child(item, 'type')) ?? '').trim().toLowerCase();
  const name = partName(number, textOf(child(item, 'filename')));
  const inner: Piece = { ...piece, type, depth: piece.depth + 1 };
  const file = `${document.file}[${name}]`;
  if (content.bytes !== undefined) return expansion.addBytes(content.bytes, { ...inner, file });
  const start = verbatimStart(content, document);
  const text = content.text;
  if (start === undefined) return expansion.addText({ file, text, line: 1, column: 1 }, { ...inner, file });
  return expansion.addText({ file: document.file, part: name, text, ...start }, { ...inner, part: name });
}

/** Where a literal block's text begins in the file; undefined when it was written another way. */
function verbatimStart(node: ScalarNode, { text, column }: Document) {
  const [header = '', digit] =
    /^\|(?:[-+]?([1-9])?|[1-9][-+])[^\n]*\n/.exec(text.slice(node.place.start, node.place.end)) ?? [];
  if (header === '' || digit !== undefined) return undefined;
  const body = text.slice(node.place.start + header.length, node.place.end);
  const [blank = '', indent = ''] = /^((?:[ ]*\r?\n)*)([ ]*)/.exec(body)?.slice(1) ?? [];
  if (blank !== '' || indent === '') return undefined;
  return { line: node.place.line + 1, column: column + indent.length };
}
