// One request and its answer on the server's side: the body bounded and checked, errors in one form, streams
// that end when their reader does.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { CodedError } from '../host/index.ts';
import { requestErrors } from './server-errors.ts';

export interface HttpRequest {
  readonly method: string;
  /** As sent, without the query; still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** All values of a header, in lower-case name; an empty list when it was not sent. */
  header(name: string): readonly string[];
  /** The whole body as text. Throws `http.request.tooLarge`, and `malformed` when it is not UTF-8. */
  text(): Promise<string>;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

export interface HttpAnswerParts {
  readonly status: number;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly text?: string;
  /** Sent piece by piece; ended by the iterable or by the client. */
  readonly stream?: AsyncIterable<string | Uint8Array>;
  /** The last piece for a reader of the stream that takes nothing any more, before it is cut off. */
  readonly farewell?: string;
  readonly contentType?: string;
  /** With a Content-Length, when the length of a stream is known, or to HEAD. */
  readonly headers?: Readonly<Record<string, string>>;
}

export type HttpHandler = (request: HttpRequest) => Promise<HttpAnswerParts> | HttpAnswerParts;

export interface ExchangeOptions {
  /** A reader of a stream that takes nothing for so long is dropped. Default 60,000. */
  readonly patienceMs?: number;
  /** Larger bodies are refused with 413. */
  readonly maxBodyBytes: number;
  /** Headers of every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Hears of errors that are no answer of the handler's own making. */
  readonly onInternalError: (
    error: unknown,
    request: { readonly method: string; readonly path: string },
  ) => void;
}

const defaultPatienceMs = 60_000;

/** An error as the body that all our servers answer with. */
export function errorAnswer(status: number, message: string): HttpAnswerParts {
  return { status, json: { error: { code: status, message } } };
}

/** Answers one request. `awaited`: the client sends its body only when it is told to (Expect: 100-continue). */
export async function exchange(
  handler: HttpHandler,
  options: ExchangeOptions,
  incoming: IncomingMessage,
  response: ServerResponse,
  awaited: boolean,
): Promise<void> {
  // It may have waited for its turn longer than its client did.
  if (incoming.socket.destroyed) return;
  const { path, query } = splitTarget(incoming.url ?? '/');
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  let asked = !awaited;
  const request: HttpRequest = {
    method: incoming.method ?? 'GET',
    path,
    query,
    header: (name) => incoming.headersDistinct[name] ?? [],
    text: () => {
      refuseLongBody(incoming, options.maxBodyBytes);
      if (!asked) response.writeContinue();
      asked = true;
      return readBody(incoming, options.maxBodyBytes);
    },
    signal: gone.signal,
  };
  let parts: HttpAnswerParts;
  try {
    parts = await handler(request);
  } catch (error) {
    if (gone.signal.aborted) return;
    if (error instanceof CodedError) parts = errorAnswer(error.http, error.message);
    else {
      options.onInternalError(error, { method: request.method, path });
      parts = errorAnswer(500, "internal error; the daemon's journal says more");
    }
  }
  // Whether the body still comes is for the client to say: what follows could not be told from it.
  if (!asked) response.shouldKeepAlive = false;
  try {
    await send(response, incoming, parts, options);
  } catch (error) {
    if (!gone.signal.aborted) options.onInternalError(error, { method: request.method, path });
    response.destroy();
  }
}

async function send(
  response: ServerResponse,
  incoming: IncomingMessage,
  parts: HttpAnswerParts,
  { headers, patienceMs = defaultPatienceMs }: ExchangeOptions,
): Promise<void> {
  if (response.destroyed) return;
  const all: Record<string, string> = { ...headers, ...parts.headers };
  const body = parts.json === undefined ? parts.text : JSON.stringify(parts.json);
  const type = parts.contentType ?? (parts.json === undefined ? undefined : 'application/json');
  if (type !== undefined) all['Content-Type'] = type;
  if (parts.stream === undefined) {
    // Where there is no body by the standard, its length would be that of another answer's.
    if (parts.status !== 204 && parts.status !== 304) {
      all['Content-Length'] ??= String(Buffer.byteLength(body ?? ''));
    }
    response.writeHead(parts.status, all);
    response.end(incoming.method === 'HEAD' ? undefined : body);
    // An unread rest of the body would be taken for the next request.
    if (!incoming.complete) incoming.resume();
    return;
  }
  response.writeHead(parts.status, all);
  response.flushHeaders();
  for await (const piece of parts.stream) {
    if (response.destroyed) return;
    if (response.write(piece) || (await drained(response, patienceMs))) continue;
    // What it did not read comes first; the rest is for a reader that was only slow.
    response.end(parts.farewell);
    setTimeout(() => response.destroy(), patienceMs).unref();
    return;
  }
  response.end();
}

/** Waits until the client has taken what was written; false for one that does not. */
function drained(response: ServerResponse, patienceMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (taken: boolean) => {
      clearTimeout(timer);
      response.off('drain', onDrain);
      response.off('close', onDrain);
      resolve(taken);
    };
    const onDrain = () => settle(true);
    const timer = setTimeout(() => settle(false), patienceMs);
    response.on('drain', onDrain);
    response.on('close', onDrain);
  });
}

function refuseLongBody(incoming: IncomingMessage, maxBytes: number): void {
  if (Number(incoming.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    // Taken all the same, it would be stored with other characters than were sent.
    throw requestErrors.error('malformed', 'unable to decode body: it is not valid UTF-8');
  }
}

function tooLarge(maxBytes: number): CodedError {
  const mib = Math.round(maxBytes / 1024 / 1024);
  return requestErrors.error('tooLarge', `The body of the request is larger than ${mib} MiB.`);
}

/** `/path?query`, also behind `http://host` as a proxy is asked, and as fleet's own client asks everybody. */
function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const [, origin = '', path = '', query = ''] = /^(https?:\/\/[^/?]*)?([^?]*)\??(.*)$/is.exec(target) ?? [];
  return { path: path === '' && origin !== '' ? '/' : path, query: new URLSearchParams(query) };
}
