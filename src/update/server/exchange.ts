// One document to the update server and its answer: redirects, proxies of the environment, bounded in time and size.

import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { errnoOf } from '../../host/index.ts';
import { updateErrors } from '../errors.ts';

export interface ServerAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export interface ExchangeOptions {
  readonly signal?: AbortSignal;
  /** Whose HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY count. Default: this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** To be connected, and between two pieces of the answer, in milliseconds; defaults 30,000 and 90,000. */
  readonly connectMs?: number;
  readonly silenceMs?: number;
  /** From the first byte sent to the last received. Default 300,000. */
  readonly totalMs?: number;
  readonly maxBytes?: number;
}

/** The field's own limits: update_engine's to connect and to wait, go-omaha's for the body. */
const defaults = { connectMs: 30_000, silenceMs: 90_000, totalMs: 300_000, maxBytes: 1024 * 1024 };
const mostRedirects = 10;

/**
 * Posts a document and returns whatever status the server gives. A redirect is followed with the document, ten times at
 * most, and never from https to http. Throws `update.unreachable`, `update.answer` for an answer that is too long, and
 * the signal's reason.
 */
export async function exchange(
  server: string,
  document: string,
  options: ExchangeOptions = {},
): Promise<ServerAnswer> {
  let url = new URL(server);
  for (let redirects = 0; ; redirects++) {
    const answer = await post(url, document, options);
    const { location } = answer.headers;
    if (![301, 302, 307, 308].includes(answer.status) || location === undefined) return answer;
    if (redirects === mostRedirects) {
      throw unreachable(server, `it redirects more than ${mostRedirects} times`);
    }
    const target = URL.parse(location, url.href);
    const allowed = url.protocol === 'https:' ? ['https:'] : ['http:', 'https:'];
    if (target === null || !allowed.includes(target.protocol)) {
      throw unreachable(server, `it redirects to ${location.slice(0, 200)}, which is not followed`);
    }
    url = target;
  }
}

interface Answered extends ServerAnswer {
  readonly headers: IncomingMessage['headers'];
}

async function post(url: URL, document: string, options: ExchangeOptions): Promise<Answered> {
  const { signal } = options;
  signal?.throwIfAborted();
  const limits = { ...defaults, ...options };
  const { request: open, Agent } = url.protocol === 'https:' ? https : http;
  using stack = new DisposableStack();
  const agent = new Agent({ keepAlive: false, proxyEnv: proxyEnvironment(options.env ?? process.env) });
  stack.defer(() => agent.destroy());
  return await new Promise<Answered>((resolve, reject) => {
    const body = Buffer.from(document);
    const sent: ClientRequest = open(url, {
      agent,
      method: 'POST',
      headers: { 'Content-Type': 'text/xml', 'Content-Length': body.length, Accept: '*/*' },
    });
    stack.defer(() => sent.destroy());
    const after = (ms: number, why: string) => {
      const timer = setTimeout(() => reject(unreachable(url.href, why)), ms);
      stack.defer(() => clearTimeout(timer));
      return timer;
    };
    after(limits.totalMs, `there was no whole answer within ${limits.totalMs / 1000} s`);
    const connecting = after(limits.connectMs, `no connection within ${limits.connectMs / 1000} s`);
    const silence = after(
      limits.connectMs + limits.silenceMs,
      `it was silent for ${limits.silenceMs / 1000} s`,
    );
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    stack.defer(() => signal?.removeEventListener('abort', onAbort));
    const broke = (error: Error) => reject(unreachable(url.href, wordsOf(error), error));
    sent.once('error', broke);
    sent.once('finish', () => clearTimeout(connecting));
    sent.once('response', (answer) => {
      clearTimeout(connecting);
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        silence.refresh();
        size += chunk.length;
        if (size > limits.maxBytes) {
          reject(
            updateErrors.error(
              'answer',
              `The update server ${url.href} answered with more than ${limits.maxBytes} bytes.`,
            ),
          );
          return;
        }
        chunks.push(chunk);
      });
      answer.once('error', broke);
      answer.once('aborted', () => broke(new Error('the connection broke in the middle of the answer')));
      answer.once('end', () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) });
      });
    });
    sent.end(body);
  });
}

/** The proxies of that environment, in the names that Node's agents read; ALL_PROXY stands in for the others. */
export function proxyEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const of = (name: string) => env[name.toLowerCase()] || env[name] || undefined;
  const all = of('ALL_PROXY');
  return {
    HTTP_PROXY: of('HTTP_PROXY') ?? all,
    HTTPS_PROXY: of('HTTPS_PROXY') ?? all,
    NO_PROXY: of('NO_PROXY'),
  };
}

function unreachable(url: string, why: string, cause?: unknown): Error {
  return updateErrors.error('unreachable', `The update server ${url} cannot be reached: ${why}.`, { cause });
}

function wordsOf(error: Error): string {
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'there is no host of that name',
    EAI_AGAIN: 'names cannot be looked up now',
    EHOSTUNREACH: 'no way leads to that host',
    ENETUNREACH: 'there is no network',
    ETIMEDOUT: 'the host does not answer',
    ECONNRESET: 'the connection broke',
    EPIPE: 'the connection broke',
  };
  return words[errnoOf(error) ?? ''] ?? error.message;
}
