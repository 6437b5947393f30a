// One GET after another: proxies of the environment, redirects, credentials, and connections that are cut when
// they bring next to nothing.

import http from 'node:http';
import https from 'node:https';
import { payloadError } from './errors.ts';

export interface HttpLimits {
  /** Until the head of an answer is there. */
  readonly answerMs: number;
  /** A body that brings less than `idleBytes` in this time of waiting is given up. */
  readonly idleMs: number;
  readonly idleBytes: number;
}

/** As update_engine has them: 30 s to connect, then 10 bytes a second for 90 s. */
export const defaultHttpLimits: HttpLimits = { answerMs: 30_000, idleMs: 90_000, idleBytes: 900 };

export interface HttpOptions {
  /** HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, in either case. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For servers that ask who is there; sent over https only, and to the host of the first URL only. */
  readonly credentials?: { readonly user: string; readonly password: string };
  readonly limits?: HttpLimits;
  /** Certificates to trust instead of the system's, for tests. */
  readonly ca?: string;
}

export interface Answer {
  readonly url: string;
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** To be read to its end, or closed. Throws `update.payload.transfer` when it ends early. */
  readonly body: AsyncGenerator<Buffer, void, undefined>;
  /** Whether all of the body has come; some may not have been read yet. */
  isComplete(): boolean;
  /** Gives up what was not read. */
  close(): void;
}

export interface HttpClient extends AsyncDisposable {
  get(url: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Answer>;
}

const maxRedirects = 10;
const redirects = new Set([301, 302, 303, 307, 308]);

/** A client that keeps its connections. */
export function httpClient(options: HttpOptions): HttpClient {
  const limits = options.limits ?? defaultHttpLimits;
  const shared = { keepAlive: true, maxSockets: 16, proxyEnv: proxyEnvironment(options.env) };
  const agents = {
    'http:': new http.Agent(shared),
    'https:': new https.Agent({ ...shared, ...(options.ca === undefined ? {} : { ca: options.ca }) }),
  };

  const once = (url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal | undefined) =>
    new Promise<http.IncomingMessage>((resolve, reject) => {
      const secure = url.protocol === 'https:';
      const agent = agents[secure ? 'https:' : 'http:'];
      const more = signal === undefined ? {} : { signal };
      const request = (secure ? https : http).get(url, { agent, headers, ...more });
      const late = setTimeout(
        () => request.destroy(new Error(`no answer within ${limits.answerMs / 1000} s`)),
        limits.answerMs,
      );
      request.once('response', (response) => {
        clearTimeout(late);
        resolve(response);
      });
      // It also comes late, for an answer that nobody reads any more.
      request.on('error', (error) => {
        clearTimeout(late);
        reject(error);
      });
    });

  return {
    async get(address, headers, signal) {
      const first = parseUrl(address);
      for (let url = first, hops = 0; ; hops++) {
        const all = { 'accept-encoding': 'identity', ...headers, ...authorization(url, first, options) };
        const response = await once(url, all, signal).catch((cause: unknown) => {
          signal?.throwIfAborted();
          throw payloadError('transfer', `${url.href} cannot be fetched: ${reasonOf(cause)}.`, { cause });
        });
        const status = response.statusCode ?? 0;
        const { location } = response.headers;
        if (!redirects.has(status) || location === undefined) {
          const body = bytesOf(response, url.href, limits, signal);
          const close = () => void response.destroy();
          const isComplete = () => response.complete;
          return { url: url.href, status, headers: response.headers, body, isComplete, close };
        }
        response.resume();
        if (hops >= maxRedirects) {
          throw payloadError(
            'transfer',
            `${first.href} leads on and on: more than ${maxRedirects} redirects.`,
          );
        }
        url = redirected(url, location);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** The names that Node's agents look at, with ALL_PROXY for what has no proxy of its own. Pure. */
export function proxyEnvironment(env: HttpOptions['env']): Record<string, string> {
  const of = (name: string) => env[name.toLowerCase()] || env[name] || undefined;
  const entries = {
    HTTP_PROXY: of('HTTP_PROXY') ?? of('ALL_PROXY'),
    HTTPS_PROXY: of('HTTPS_PROXY') ?? of('ALL_PROXY'),
    NO_PROXY: of('NO_PROXY'),
  };
  return Object.fromEntries(
    Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function parseUrl(address: string): URL {
  const url = URL.parse(address);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw payloadError('transfer', `“${address}” is no URL that can be fetched: expected http or https.`);
}

/** Where a redirect leads; from https to https only. */
function redirected(from: URL, location: string): URL {
  const url = URL.parse(location, from.href);
  const known = url?.protocol === 'https:' || (url?.protocol === 'http:' && from.protocol === 'http:');
  if (url !== null && known) return url;
  throw payloadError('transfer', `${from.href} leads to ${location}, where an update is not fetched from.`);
}

function authorization(url: URL, first: URL, { credentials }: HttpOptions): Record<string, string> {
  if (credentials === undefined || credentials.user === '') return {};
  if (url.protocol !== 'https:' || url.host !== first.host) return {};
  const pair = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}

/** The body, given up when waiting for it brings too little. Time that the reader takes does not count. */
async function* bytesOf(
  response: http.IncomingMessage,
  url: string,
  { idleMs, idleBytes }: HttpLimits,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  const pieces = response[Symbol.asyncIterator]();
  let [waitedMs, bytes] = [0, 0];
  try {
    for (;;) {
      const begun = performance.now();
      const late = setTimeout(
        () => response.destroy(new Error(`less than ${idleBytes} bytes in ${idleMs / 1000} s`)),
        Math.max(1, idleMs - waitedMs),
      );
      const { done, value }: IteratorResult<Buffer> = await pieces.next().finally(() => clearTimeout(late));
      if (done === true) return;
      waitedMs += performance.now() - begun;
      bytes += value.length;
      if (bytes >= idleBytes) [waitedMs, bytes] = [0, 0];
      yield value;
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw payloadError('transfer', `${url} was cut off: ${reasonOf(cause)}.`, { cause });
  } finally {
    response.destroy();
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // An AggregateError of all addresses of a host has no words of its own.
  const [first] = cause instanceof AggregateError ? cause.errors : [];
  return cause.message || (first instanceof Error ? first.message : cause.name);
}
