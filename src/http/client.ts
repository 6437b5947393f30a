// JSON over HTTP, the client's side: one server on a unix socket or over TCP, with TLS or without,
// connections kept alive, a deadline on every call, and streams of one JSON value a line.

import { CodedError, errnoOf } from '../host/index.ts';
import { httpErrors } from './errors.ts';
import { readLines } from './lines.ts';
import { PlainConnections } from './plain-connections.ts';
import { secureConnections } from './secure-connections.ts';
import type { AnswerHead, Exchange } from './sent-request.ts';

export interface TlsSettings {
  /** Certificates in PEM that replace the system's roots. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Takes any certificate: only when the user asked for that in so many words. */
  readonly insecure?: boolean;
}

export interface HttpClientOptions {
  /** Where to connect: a unix socket, or `host` and `port`. */
  readonly socketPath?: string;
  /** Host header and, with TLS, the name that the certificate must carry. Default "localhost". */
  readonly host?: string;
  readonly port?: number;
  readonly tls?: TlsSettings;
  /** Prefix of every path. */
  readonly basePath?: string;
  /** Name of the server in messages. */
  readonly description: string;
  /** From the call to the whole answer, in milliseconds. Default 30,000. */
  readonly deadlineMs?: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** The parsed body; undefined when there was none. */
  readonly body: unknown;
}

export interface CallOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** The connection counts as dead after this much silence, in milliseconds. Default 40,000. */
  readonly silenceMs?: number;
}

export interface HttpClient extends Disposable {
  /** One call and its answer, whatever its status. Throws `http.*`, and the signal's reason. */
  call(method: string, path: string, options?: CallOptions): Promise<HttpAnswer>;
  /**
   * A stream of JSON values, one a line; ends when the server ends it. When the answer is not 200 it
   * yields nothing and `onRefused` gets that answer.
   */
  lines(
    path: string,
    options: StreamOptions,
    onRefused: (answer: HttpAnswer) => void,
  ): AsyncIterable<unknown>;
}

/** An answer larger than this is refused: no list of ours comes near. */
const maxBodyBytes = 256 * 1024 * 1024;

/** A client of one server. It connects when first used; dispose it to close idle connections. */
export function httpClient(options: HttpClientOptions): HttpClient {
  const host = options.host ?? 'localhost';
  const connections =
    options.tls === undefined
      ? new PlainConnections({ ...options, host })
      : secureConnections({ host, port: options.port ?? 443, tls: options.tls });
  const named = host.includes(':') && options.port !== undefined ? `[${host}]` : host;

  const open = (method: string, path: string, payload: string | undefined): Exchange =>
    connections.open({
      method,
      path: (options.basePath ?? '') + path,
      headers: {
        Host: options.port === undefined ? host : `${named}:${options.port}`,
        Accept: 'application/json',
        ...(payload === undefined
          ? {}
          : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(payload)) }),
      },
      payload,
    });

  const call = async (method: string, path: string, callOptions: CallOptions = {}): Promise<HttpAnswer> => {
    const deadlineMs = callOptions.deadlineMs ?? options.deadlineMs ?? 30_000;
    const payload = callOptions.body === undefined ? undefined : JSON.stringify(callOptions.body);
    for (let attempt = 0; ; attempt++) {
      const request = open(method, path, payload);
      const guard = guarded(request, deadlineMs, callOptions.signal, () =>
        httpErrors.error('deadline', `${options.description} did not answer within ${deadlineMs / 1000} s.`),
      );
      try {
        const head = await guard.head;
        return { status: head.status, body: await readBody(head, request, options.description) };
      } catch (error) {
        // The server closed a kept connection while we wrote to it: that says nothing about the call.
        if (attempt === 0 && method === 'GET' && request.isReused && errnoOf(error) === 'ECONNRESET')
          continue;
        throw guard.reason() ?? explain(error, options);
      } finally {
        guard.settle();
      }
    }
  };

  async function* lines(
    path: string,
    streamOptions: StreamOptions,
    onRefused: (answer: HttpAnswer) => void,
  ): AsyncIterable<unknown> {
    const silenceMs = streamOptions.silenceMs ?? 40_000;
    const request = open('GET', path, undefined);
    const guard = guarded(request, silenceMs, streamOptions.signal, () =>
      httpErrors.error('deadline', `${options.description} was silent for ${silenceMs / 1000} s.`),
    );
    try {
      const head = await guard.head;
      if (head.status !== 200) {
        onRefused({ status: head.status, body: await readBody(head, request, options.description) });
        return;
      }
      for await (const line of readLines(request.body(), guard.touch)) {
        yield parseJson(line, options.description);
      }
    } catch (error) {
      throw guard.reason() ?? explain(error, options);
    } finally {
      guard.settle();
      request.destroy();
    }
  }

  return { call, lines, [Symbol.dispose]: () => connections[Symbol.dispose]() };
}

interface Guard {
  readonly head: Promise<AnswerHead>;
  /** Why we ended the request ourselves, if we did. */
  reason(): unknown;
  /** Starts the deadline anew. */
  touch(): void;
  settle(): void;
}

function guarded(
  request: Exchange,
  deadlineMs: number,
  signal: AbortSignal | undefined,
  expired: () => CodedError,
): Guard {
  let reason: unknown;
  const end = (why: unknown) => {
    reason ??= why;
    request.destroy();
  };
  const timer = setTimeout(() => end(expired()), deadlineMs);
  const onAbort = () => end(signal?.reason);
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    head: request.head,
    reason: () => reason,
    touch: () => timer.refresh(),
    settle: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

async function readBody(
  { status, contentType }: AnswerHead,
  answer: Exchange,
  description: string,
): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body()) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBodyBytes) {
      throw httpErrors.error('malformed', `${description} sent more than ${maxBodyBytes / 1024 / 1024} MB.`);
    }
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text.trim() === '') return undefined;
  // An error page of something that is not our server is no reason to hide its status.
  if (!contentType.includes('json') && status >= 400) return text;
  return parseJson(text, description);
}

function parseJson(text: string, description: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const start = text.slice(0, 60).replaceAll(/\s+/g, ' ');
    throw httpErrors.error('malformed', `${description} answered with something that is not JSON: ${start}`, {
      cause,
    });
  }
}

const tlsCode = /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/;

function explain(error: unknown, options: HttpClientOptions): unknown {
  if (error instanceof CodedError || !(error instanceof Error)) return error;
  const code = errnoOf(error) ?? '';
  const where = options.description;
  if (tlsCode.test(code)) {
    return httpErrors.error('tls', `${where} cannot be trusted: ${error.message}.`, { cause: error });
  }
  const why: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such socket',
    ECONNREFUSED: 'nothing listens there',
    EACCES: 'permission denied',
    ENOTFOUND: 'there is no host of that name',
    EHOSTUNREACH: 'no way leads to that host',
    ETIMEDOUT: 'the host does not answer',
    ECONNRESET: 'the connection broke',
    EPIPE: 'the connection broke',
  };
  return httpErrors.error('unreachable', `${where} cannot be reached: ${why[code] ?? error.message}.`, {
    cause: error,
  });
}
