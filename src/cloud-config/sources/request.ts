// One HTTP request, as thin as can be: redirects, proxies, gzip, and bounds on time and size.

import type { IncomingMessage } from 'node:http';
import { authorities } from './certificates.ts';
import { hostOf, proxyFor } from './proxy.ts';
import { maxSourceBytes } from './read.ts';

export interface RequestOptions {
  readonly signal: AbortSignal;
  readonly method?: 'GET' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  /** For the whole request, with redirects and body. Default 10,000. */
  readonly timeoutMs?: number;
  /** Default 64 MiB, packed or not. */
  readonly maxBytes?: number;
  /** False where the cloud forbids proxies. */
  readonly proxy?: false;
  /** Our own ports to try, for a service that wants a privileged one. */
  readonly localPorts?: readonly number[];
  /** A unix socket to speak over; the URL's host is then only a name. */
  readonly socketPath?: string;
}

export interface Answer {
  /** Of the last document, after redirects. */
  readonly url: string;
  readonly status: number;
  /** Status and its text, for messages. */
  readonly statusText: string;
  readonly body: Uint8Array;
}

/** What no further try would mend. */
export class HopelessRequest extends Error {}

const maxRedirects = 10;

/**
 * Asks once and follows up to 10 redirects. Any status is an answer; throws what kept an answer from coming
 * whole: a refused connection, a time-out, a body cut off, and `HopelessRequest`.
 */
export async function request(url: string, options: RequestOptions): Promise<Answer> {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout]);
  try {
    return await follow(new URL(url), { ...options, signal });
  } catch (error) {
    options.signal.throwIfAborted();
    if (timeout.aborted) throw new Error(`no whole answer within ${timeoutMs / 1000} s`);
    throw error;
  }
}

async function follow(first: URL, given: RequestOptions): Promise<Answer> {
  let url = first;
  let options = given;
  for (let redirects = 0; ; redirects++) {
    const response = await send(url, options);
    const status = response.statusCode ?? 0;
    const to = [301, 302, 303, 307, 308].includes(status) ? response.headers.location : undefined;
    if (to === undefined) {
      const statusText = `${status} ${response.statusMessage ?? ''}`.trim();
      return { url: shown(url), status, statusText, body: await bodyOf(response, options) };
    }
    response.destroy();
    if (redirects === maxRedirects) throw new HopelessRequest(`redirected more than ${maxRedirects} times`);
    if (!URL.canParse(to, url.href) || !isWeb(new URL(to, url))) {
      throw new HopelessRequest(`redirected to ${JSON.stringify(to)}, which is not an http or https URL`);
    }
    const next = new URL(to, url);
    options = afterRedirect(options, status, hostOf(next) === hostOf(first));
    url = next;
  }
}

/** A token is for the one who gave it, not for whom that one points to. */
function afterRedirect(options: RequestOptions, status: number, sameHost: boolean): RequestOptions {
  const entries = Object.entries(options.headers ?? {});
  const headers = sameHost ? entries : entries.filter(([name]) => !/token|authorization/i.test(name));
  const method = status === 307 || status === 308 ? (options.method ?? 'GET') : 'GET';
  return { ...options, method, headers: Object.fromEntries(headers) };
}

async function send(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  const ports = options.localPorts ?? [undefined];
  for (const [index, localPort] of ports.entries()) {
    try {
      return await sendFrom(localPort, url, options);
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!taken || index === ports.length - 1) throw error;
    }
  }
  throw new HopelessRequest('there is no port to ask from');
}

async function sendFrom(
  localPort: number | undefined,
  url: URL,
  options: RequestOptions,
): Promise<IncomingMessage> {
  const direct = options.proxy === false || options.socketPath !== undefined;
  const proxy = direct ? undefined : proxyFor(url, process.env);
  const secure = url.protocol === 'https:';
  const { Agent, request: ask } = secure ? await import('node:https') : await import('node:http');
  const ca = secure ? await authorities(process.env) : undefined;
  // One connection a request: a small metadata service may serve them one after the other.
  const agent = new Agent({
    keepAlive: false,
    ...(proxy === undefined ? {} : { proxyEnv: { HTTP_PROXY: proxy.href, HTTPS_PROXY: proxy.href } }),
  });
  return new Promise((resolve, reject) => {
    const outgoing = ask(url, {
      agent,
      method: options.method ?? 'GET',
      signal: options.signal,
      // Small services end lines with LF alone, or name a length besides chunks. No connection is used
      // twice, so nothing can be smuggled into the next answer.
      insecureHTTPParser: true,
      ...(ca === undefined ? {} : { ca }),
      headers: { 'User-Agent': 'coreos-cloudinit', 'Accept-Encoding': 'gzip', ...options.headers },
      ...(localPort === undefined ? {} : { localPort }),
      ...(options.socketPath === undefined ? {} : { socketPath: options.socketPath }),
    });
    outgoing.once('response', resolve);
    outgoing.on('error', reject);
    outgoing.end();
  });
}

async function bodyOf(response: IncomingMessage, options: RequestOptions): Promise<Uint8Array> {
  const maxBytes = options.maxBytes ?? maxSourceBytes;
  const tooLarge = () => new HopelessRequest(`is larger than ${Math.floor(maxBytes / 1024)} KiB`);
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of response) {
      size += piece.length;
      if (size > maxBytes) throw tooLarge();
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNRESET') {
      throw new Error(`cut off after ${size} bytes`);
    }
    throw error;
  }
  const body = Buffer.concat(pieces);
  if (!/^(x-)?gzip$/i.test(response.headers['content-encoding'] ?? '') || size === 0) return body;
  const { gunzipSync } = await import('node:zlib');
  try {
    return gunzipSync(body, { maxOutputLength: maxBytes });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge();
    throw new Error(`cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const isWeb = (url: URL): boolean => /^https?:$/.test(url.protocol);

/** A URL for people: without a password. */
export function shown(url: URL): string {
  if (url.password === '') return url.href;
  const copy = new URL(url);
  copy.password = '***';
  return copy.href;
}
