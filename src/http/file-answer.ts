// A file as an answer: whole or in part, with what a client needs to go on later. Only what lies under one folder
// is ever opened, whatever the path says and whatever links lie there.

import { constants } from 'node:fs';
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { errnoOf } from '../host/index.ts';
import { isUnchanged, mayResume, selectRange } from './byte-range.ts';
import { errorAnswer, type HttpAnswerParts, type HttpRequest } from './exchange.ts';

// Small enough that a reader of a few kilobytes a second takes one in the patience of the server.
const pieceBytes = 128 * 1024;

const types: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.xml': 'text/xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/**
 * Answers GET and HEAD with the file at `path` under `folder`. What is not there, is no file, has a hidden part in
 * its path or leads out of the folder is 404, without telling which.
 * @param path Percent-encoded, relative, as it was in the request
 */
export async function fileAnswer(
  request: Pick<HttpRequest, 'method' | 'header' | 'signal'>,
  folder: string,
  path: string,
): Promise<HttpAnswerParts> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { ...errorAnswer(405, 'Files are only read here.'), headers: { Allow: 'GET, HEAD' } };
  }
  const names = namesOf(path);
  const file = names === undefined ? undefined : await openInside(folder, names);
  if (file === undefined) return errorAnswer(404, 'There is no such file.');
  // The signal comes at the end of every exchange, also of one whose answer nobody waits for any more.
  const close = () => void file.close();
  if (request.signal.aborted) close();
  else request.signal.addEventListener('abort', close, { once: true });
  return describe(request, file, extname(names?.at(-1) ?? ''));
}

/** The parts of a path, decoded; undefined for one that cannot be meant well. */
export function namesOf(path: string): readonly string[] | undefined {
  try {
    const names = path.split('/').map(decodeURIComponent);
    const isPlain = (name: string) => name !== '' && !name.startsWith('.') && !/[/\\\0]/.test(name);
    return names.every(isPlain) ? names : undefined;
  } catch {
    return undefined;
  }
}

async function openInside(folder: string, names: readonly string[]): Promise<FileHandle | undefined> {
  let file: FileHandle;
  try {
    // What is no file must not keep us waiting.
    file = await open(join(folder, ...names), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    if (errnoOf(error) === undefined || errnoOf(error) === 'EMFILE') throw error;
    return undefined;
  }
  // Asked of what is open, so that nobody can change a link in between.
  const isFile = (await file.stat()).isFile();
  const place = await readlink(`/proc/self/fd/${file.fd}`).catch(() => '');
  const isInside = place.startsWith(`${(await realpath(folder)).replace(/\/$/, '')}/`);
  if (isFile && isInside) return file;
  await file.close();
  return undefined;
}

async function describe(
  { method, header }: Pick<HttpRequest, 'method' | 'header'>,
  file: FileHandle,
  extension: string,
): Promise<HttpAnswerParts> {
  const { size, mtimeNs, ino } = await file.stat({ bigint: true });
  const bytes = Number(size);
  const etag = `"${ino.toString(36)}-${mtimeNs.toString(36)}-${size.toString(36)}"`;
  const known = { etag, modifiedMs: Number(mtimeNs / 1_000_000n) };
  const always = {
    ETag: etag,
    'Last-Modified': new Date(known.modifiedMs).toUTCString(),
    'Accept-Ranges': 'bytes',
  };
  const one = (name: string): string | undefined => header(name)[0];
  if (isUnchanged(one('if-none-match'), one('if-modified-since'), known)) {
    return { status: 304, headers: always };
  }
  // Only GET knows ranges.
  const range = method === 'GET' && mayResume(one('if-range'), known) ? one('range') : undefined;
  const selection = selectRange(range, bytes);
  if (selection.kind === 'unsatisfiable') {
    const refusal = errorAnswer(416, `The file has ${bytes} bytes.`);
    return { ...refusal, headers: { ...always, 'Content-Range': `bytes */${bytes}` } };
  }
  const isPart = selection.kind === 'part';
  const [start, end] = isPart ? [selection.start, selection.end] : [0, bytes - 1];
  return {
    status: isPart ? 206 : 200,
    contentType: types[extension] ?? 'application/octet-stream',
    headers: {
      ...always,
      'Content-Length': String(end - start + 1),
      ...(isPart ? { 'Content-Range': `bytes ${start}-${end}/${bytes}` } : {}),
    },
    ...(method === 'HEAD' ? {} : { stream: pieces(file, start, end) }),
  };
}

async function* pieces(file: FileHandle, start: number, end: number): AsyncGenerator<Uint8Array, void, void> {
  for (let at = start; at <= end; ) {
    const piece = Buffer.allocUnsafe(Math.min(pieceBytes, end - at + 1));
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    // The length was announced: the client learns by the connection's end that it has not all.
    if (bytesRead === 0) throw new Error('a file became shorter while it was sent');
    yield piece.subarray(0, bytesRead);
    at += bytesRead;
  }
}
