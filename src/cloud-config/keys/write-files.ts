// write_files: a file with anything doubtful about it is not written at all; half of what was asked for
// could be a secret that everybody reads.

import { normalize } from 'node:path/posix';
import type { Operation, Owner } from '../model.ts';
import { child, itemsOf, type Node, textOf } from '../parse/tree.ts';
import { isSingleLine } from './checks.ts';
import { decodeContent } from './content.ts';
import type { KeyContext } from './context.ts';

/** Plans the files, in order. */
export function planFiles(context: KeyContext): Operation[] {
  return itemsOf(child(context.root, 'write_files')).flatMap((node) => planFile(node, context) ?? []);
}

function planFile(node: Node, context: KeyContext): Operation | undefined {
  const path = readPath(child(node, 'path'), context);
  const mode = readMode(child(node, 'permissions'), context);
  const owner = readOwner(child(node, 'owner'), context);
  const content = readContent(node, context);
  if (path === undefined || mode === undefined || owner === undefined || content === undefined) {
    return undefined;
  }
  return { kind: 'write-file', path, content, mode, owner, why: 'write_files in the cloud-config' };
}

function readPath(node: Node | undefined, context: KeyContext): string | undefined {
  const text = textOf(node) ?? '';
  const refuse = (message: string, expected: string) => context.refuse(node, message, { expected });
  if (text === '' || text.endsWith('/') || !isSingleLine(text)) {
    refuse(`invalid value ${JSON.stringify(text)}`, 'the absolute path of a file');
    return undefined;
  }
  const path = normalize(`/${text}`);
  if (!text.startsWith('/')) context.warn(node, `the path is relative; ${path} is written`);
  if (/^\/usr\//.test(path)) {
    refuse('file cannot be written to a read-only filesystem', 'a path outside /usr');
    return undefined;
  }
  return path;
}

function readMode(node: Node | undefined, context: KeyContext): number | undefined {
  const text = textOf(node);
  if (text === undefined) return 0o644;
  if (/^0?[0-7]{3,4}$/.test(text)) return Number.parseInt(text, 8);
  const decimal = Number(text);
  const meant = Number.isInteger(decimal) && decimal > 0 && decimal <= 0o7777;
  context.refuse(node, `invalid value ${text}`, {
    expected: 'a mode in octal, as "0644"',
    ...(meant ? { hint: `Perhaps "0${decimal.toString(8)}", which is ${text} in decimal.` } : {}),
  });
  return undefined;
}

function readOwner(node: Node | undefined, context: KeyContext): Owner | undefined {
  const text = textOf(node) ?? '';
  const [, user = '', group = ''] =
    /^([A-Za-z0-9_][A-Za-z0-9_.-]*\$?)?(?::([A-Za-z0-9_][A-Za-z0-9_.-]*\$?)?)?$/.exec(text) ?? [];
  if (text !== '' && user === '' && group === '') {
    context.refuse(node, `invalid value ${JSON.stringify(text)}`, { expected: 'USER, USER:GROUP or :GROUP' });
    return undefined;
  }
  return { ...(user === '' ? {} : { user }), ...(group === '' ? {} : { group }) };
}

function readContent(node: Node, context: KeyContext): string | Uint8Array | undefined {
  const content = child(node, 'content');
  const encoding = textOf(child(node, 'encoding')) ?? '';
  const bytes = content?.kind === 'scalar' ? content.bytes : undefined;
  const given = bytes ?? textOf(content) ?? '';
  if (encoding === '') return given;
  const decoded = decodeContent(given, encoding);
  if ('content' in decoded) return decoded.content;
  context.refuse(content ?? node, `content cannot be decoded as "${encoding}"`, {
    hint: `${decoded.problem}.`,
  });
  return undefined;
}
