// One request and its answer on the server's side: the body bounded and checked, errors in one form, streams
// that end when their reader does.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { CodedError } from '../host/index.ts';
import { readBody, refuseLongBody } from './request-body.ts';

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
  let isGone = false;
  // Most answers are there before anybody could want to be told: the signal is made for who asks for it.
  let gone: AbortController | undefined;
  response.on('close', () => {
    isGone = true;
    gone?.abort();
  });
  let asked = !awaited;
  const request: HttpRequest = {
    method: incoming.method ?? 'GET',
    path,
    get query() {
      return new URLSearchParams(query);
    },
    header: (name) => valuesOf(incoming.rawHeaders, name),
    text: () => {
      refuseLongBody(incoming, options.maxBodyBytes);
      if (!asked) response.writeContinue();
      asked = true;
      return readBody(incoming, options.maxBodyBytes);
    },
    get signal() {
      gone ??= new AbortController();
      if (isGone) gone.abort();
      return gone.signal;
    },
  };
  let parts: HttpAnswerParts;
  try {
    parts = await handler(request);
  } catch (error) {
    if (isGone) return;
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
    if (!isGone) options.onInternalError(error, { method: request.method, path });
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
    const bytes = Buffer.byteLength(body ?? '');
    // Where there is no body by the standard, its length would be that of another answer's.
    if (parts.status !== 204 && parts.status !== 304) all['Content-Length'] ??= String(bytes);
    response.writeHead(parts.status, all);
    // ASCII, by far most answers, goes out with its head and without being looked at again.
    const encoding = bytes === body?.length ? 'latin1' : 'utf8';
    response.end(incoming.method === 'HEAD' ? undefined : body, encoding);
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

/** All values of a header, from the names and values as they came. */
function valuesOf(raw: readonly string[], name: string): readonly string[] {
  const values: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const key = raw[at] ?? '';
    if (key.length === name.length && key.toLowerCase() === name) values.push(raw[at + 1] ?? '');
  }
  return values;
}

/** `/path?query`, also behind `http://host` as a proxy is asked, and as fleet's own client asks everybody. */
function splitTarget(target: string): { path: string; query: string } {
  const origin = target.startsWith('/') ? '' : (/^https?:\/\/[^/?]*/i.exec(target)?.[0] ?? '');
  const mark = target.indexOf('?', origin.length);
  const path = target.slice(origin.length, mark === -1 ? undefined : mark);
  return {
    path: path === '' && origin !== '' ? '/' : path,
    query: mark === -1 ? '' : target.slice(mark + 1),
  };
}
