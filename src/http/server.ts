// JSON over HTTP on unix sockets, TCP ports and descriptors that systemd passed: one handler, one form of
// error, bounded bodies, streams that end when their reader does.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { CodedError } from '../host/index.ts';
import { requestErrors } from './server-errors.ts';

export interface HttpRequest {
  readonly method: string;
  /** As sent, without the query; still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** All values of a header, in lower-case name; an empty list when it was not sent. */
  header(name: string): readonly string[];
  /** The whole body as text. Throws `http.request.tooLarge`. */
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
  readonly stream?: AsyncIterable<string>;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type HttpHandler = (request: HttpRequest) => Promise<HttpAnswerParts> | HttpAnswerParts;

const defaultPatienceMs = 60_000;

export interface HttpServerOptions {
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

export type ListenTarget =
  | { readonly fd: number }
  | { readonly path: string }
  | { readonly port: number; readonly host: string };

export interface HttpServer extends AsyncDisposable {
  listen(target: ListenTarget): Promise<void>;
}

/** Makes a server that listens nowhere yet; each `listen` adds a place. Disposal ends all connections. */
export function httpServer(handler: HttpHandler, options: HttpServerOptions): HttpServer {
  const servers: Server[] = [];
  const serve = (incoming: IncomingMessage, response: ServerResponse) => {
    void answer(handler, options, incoming, response);
  };
  return {
    async listen(target) {
      const server = createServer({ keepAliveTimeout: 60_000 }, serve);
      server.on('clientError', (error, socket) => {
        // What is no HTTP at all still gets an answer in our form.
        const message = `The request is not valid HTTP: ${error.message}.`;
        const body = JSON.stringify({ error: { code: 400, message } });
        const head = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}`;
        if (socket.writable)
          socket.end(`HTTP/1.1 400 Bad Request\r\nConnection: close\r\n${head}\r\n\r\n${body}`);
      });
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      server.once('error', reject);
      server.listen(target, () => resolve());
      await promise;
      servers.push(server);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(
        servers.map(async (server) => {
          const closed = new Promise<void>((resolve) => server.close(() => resolve()));
          server.closeIdleConnections();
          const timer = setTimeout(() => server.closeAllConnections(), 500);
          await closed;
          clearTimeout(timer);
        }),
      );
    },
  };
}

/** An error as the body that all our servers answer with. */
export function errorAnswer(status: number, message: string): HttpAnswerParts {
  return { status, json: { error: { code: status, message } } };
}

async function answer(
  handler: HttpHandler,
  options: HttpServerOptions,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { path, query } = splitTarget(incoming.url ?? '/');
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const request: HttpRequest = {
    method: incoming.method ?? 'GET',
    path,
    query,
    header: (name) => incoming.headersDistinct[name] ?? [],
    text: () => readBody(incoming, options.maxBodyBytes),
    signal: gone.signal,
  };
  let parts: HttpAnswerParts;
  try {
    parts = await handler(request);
  } catch (error) {
    if (error instanceof CodedError) parts = errorAnswer(error.http, error.message);
    else {
      options.onInternalError(error, { method: request.method, path });
      parts = errorAnswer(500, "internal error; the daemon's journal says more");
    }
  }
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
  { headers, patienceMs = defaultPatienceMs }: HttpServerOptions,
): Promise<void> {
  if (response.destroyed) return;
  const all: Record<string, string> = { ...headers, ...parts.headers };
  const body = parts.json === undefined ? parts.text : JSON.stringify(parts.json);
  const type = parts.contentType ?? (parts.json === undefined ? undefined : 'application/json');
  if (type !== undefined) all['Content-Type'] = type;
  if (parts.stream === undefined) {
    if (body !== undefined) all['Content-Length'] = String(Buffer.byteLength(body));
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
    if (!response.write(piece)) await drained(response, patienceMs);
  }
  response.end();
}

/** Waits until the client has taken what was written; one that does not is cut off. */
function drained(response: ServerResponse, patienceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => response.destroy(), patienceMs);
    const done = () => {
      clearTimeout(timer);
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}

async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > maxBytes) {
      const mib = Math.round(maxBytes / 1024 / 1024);
      throw requestErrors.error('tooLarge', `The body of the request is larger than ${mib} MiB.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf('?');
  return mark === -1
    ? { path: target, query: new URLSearchParams() }
    : { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}
