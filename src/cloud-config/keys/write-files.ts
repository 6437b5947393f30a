// write_files: a file whose path, mode, owner or content is doubtful is not written at all; half of what was
// asked for could be a secret that everybody reads.

import { normalize } from 'node:path/posix';
import type { Operation, Owner } from '../model.ts';
import { child, isTrue, itemsOf, type Node, textOf } from '../parse/tree.ts';
import { isSingleLine } from './checks.ts';
import { decodeContent } from './content.ts';
import type { KeyContext } from './context.ts';
import { readMode } from './mode.ts';

const why = 'write_files in the cloud-config';

/** All files together may unpack to no more, so that many small bombs cannot fill the memory either. */
const maxUnpacked = 256 * 1024 * 1024;

/** What is left of it. */
interface Room {
  bytes: number;
}

interface File {
  readonly path: string;
  readonly content: string | Uint8Array;
  /** Undefined when nothing is said. */
  readonly mode: number | undefined;
  readonly owner: Owner | undefined;
  readonly append: boolean;
  readonly defer: boolean;
}

type Pieces = [File, ...File[]];

export interface PlannedFiles {
  readonly files: readonly Operation[];
  /** Those with `defer: true`. */
  readonly deferred: readonly Operation[];
}

/** Plans the files, each list in its order. What is appended to a file of the config becomes part of it. */
export function planFiles(context: KeyContext): PlannedFiles {
  const files: Pieces[] = [];
  const lastAt = new Map<string, number>();
  const room = { bytes: maxUnpacked };
  for (const node of itemsOf(child(context.root, 'write_files'))) {
    const file = readFile(node, context, room);
    if (file === undefined) continue;
    const before = file.append ? files[lastAt.get(file.path) ?? -1] : undefined;
    if (before !== undefined) before.push(file);
    else lastAt.set(file.path, files.push([file]) - 1);
  }
  const whole = files.map(joined);
  const planned = (deferred: boolean) => whole.filter(({ defer }) => defer === deferred).map(operationOf);
  return { files: planned(false), deferred: planned(true) };
}

function operationOf({ path, content, mode, owner, append }: File): Operation {
  if (!append) return { kind: 'write-file', path, content, mode: mode ?? 0o644, owner: owner ?? {}, why };
  return {
    kind: 'append-file',
    path,
    content,
    ...(mode === undefined ? {} : { mode }),
    ...(owner === undefined ? {} : { owner }),
    why,
  };
}

/** A file and what is appended to it: the last mode and owner that are said count. */
function joined(pieces: Pieces): File {
  const [first] = pieces;
  if (pieces.length === 1) return first;
  return {
    ...first,
    content: Buffer.concat(pieces.map(({ content }) => Buffer.from(content))),
    mode: pieces.findLast(({ mode }) => mode !== undefined)?.mode,
    owner: pieces.findLast(({ owner }) => owner !== undefined)?.owner,
    defer: pieces.some(({ defer }) => defer),
  };
}

function readFile(node: Node, context: KeyContext, room: Room): File | undefined {
  const path = readPath(child(node, 'path') ?? node, context);
  const mode = readMode(child(node, 'permissions'), context);
  const owner = readOwner(child(node, 'owner'), context);
  const content = readContent(node, context, room);
  if (path === undefined || mode === 'refused' || owner === 'refused' || content === undefined) {
    return undefined;
  }
  return {
    path,
    content,
    mode,
    owner,
    append: isTrue(child(node, 'append')),
    defer: isTrue(child(node, 'defer')),
  };
}

function readPath(node: Node, context: KeyContext): string | undefined {
  const text = textOf(node) ?? '';
  const path = normalize(`/${text}`).replace(/(?<=.)\/$/, '');
  if (text === '' || path === '/' || !isSingleLine(text)) {
    context.refuse(node, `invalid value ${JSON.stringify(text)}`, {
      expected: 'the absolute path of a file',
    });
    return undefined;
  }
  if (!text.startsWith('/')) context.warn(node, `the path is relative; ${path} is written`);
  // On a machine whose /usr is sealed writing will fail and say so; on another one it is what was asked for.
  if (/^\/usr\//.test(path)) {
    context.report(node, 'file cannot be written to a read-only filesystem', {
      expected: 'a path outside /usr',
    });
  }
  return path;
}

/** As chown(1) takes it; `USER:` stands for the user and its group. */
function readOwner(node: Node | undefined, context: KeyContext): Owner | undefined | 'refused' {
  const text = textOf(node) ?? '';
  if (text === '') return undefined;
  const [, user = '', colon = '', group = ''] =
    /^([A-Za-z0-9_][A-Za-z0-9_.-]*\$?)?(:?)([A-Za-z0-9_][A-Za-z0-9_.-]*\$?)?$/.exec(text) ?? [];
  if (user === '' && group === '') {
    context.refuse(node, `invalid value ${JSON.stringify(text)}`, { expected: 'USER, USER:GROUP or :GROUP' });
    return 'refused';
  }
  if (group !== '') return { ...(user === '' ? {} : { user }), group };
  return colon === '' ? { user } : { user, loginGroup: true };
}

function readContent(node: Node, context: KeyContext, room: Room): string | Uint8Array | undefined {
  const content = child(node, 'content');
  const source = child(node, 'source');
  if (source !== undefined) {
    const message = 'content cannot be fetched from a source';
    const hint = 'Give it in content, or fetch it in a unit.';
    if (content === undefined) {
      context.refuse(source, `${message}: the file is left out`, { hint });
      return undefined;
    }
    context.warn(source, `${message}: what is in content is written`, { hint });
  }
  const encoding = textOf(child(node, 'encoding')) ?? '';
  const bytes = content?.kind === 'scalar' ? content.bytes : undefined;
  const given = bytes ?? textOf(content) ?? '';
  if (encoding === '' || encoding === 'text/plain') return given;
  const decoded = decodeContent(given, encoding, room.bytes);
  if ('content' in decoded) {
    room.bytes -= decoded.content.length;
    return decoded.content;
  }
  context.refuse(content ?? node, `content cannot be decoded as "${encoding}"`, {
    hint: `${decoded.problem}.`,
  });
  return undefined;
}
