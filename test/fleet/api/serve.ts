// An API server on a store in memory, and a way to ask it.

import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiContext } from '../../../src/fleet/api/context.ts';
import { apiHandler, maxBodyBytes } from '../../../src/fleet/api/handler.ts';
import { Counter } from '../../../src/fleet/metrics/exposition.ts';
import { ClusterReader } from '../../../src/fleet/registry/cluster-reader.ts';
import { fleetKeys } from '../../../src/fleet/registry/keys.ts';
import { CodedError } from '../../../src/host/index.ts';
import {
  type HttpAnswerParts,
  type HttpRequest,
  type HttpServerOptions,
  httpServer,
} from '../../../src/http/index.ts';
import { memoryStore } from '../../../src/store/index.ts';
import { undocumented } from './documented.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly text: string;
}

export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

export async function serve(
  changes: Partial<ApiContext> = {},
  times: Pick<HttpServerOptions, 'headMs' | 'requestMs' | 'patienceMs'> = {},
) {
  const store = changes.store ?? (await memoryStore());
  const keys = fleetKeys('/keelson');
  const cluster = new ClusterReader(store, keys);
  const context: ApiContext = {
    store,
    keys,
    cluster,
    tokenLimit: 100,
    explain: () => undefined,
    status: () => ({ machineID: 'm1', version: '1', store: 'memory', storeConnected: true }),
    local: () => [],
    unavailable: () => undefined,
    metrics: () => '',
    requests: new Counter(),
    ...changes,
  };
  const internal: unknown[] = [];
  /** What was asked for, in order. */
  const seen: string[] = [];
  const handle = apiHandler(context);
  const make = () =>
    httpServer(
      async (request) => {
        seen.push(`${request.method} ${request.path}?${request.query}`);
        return checked(request, () => handle(request), internal);
      },
      {
        maxBodyBytes,
        headers: { Server: 'fleetd/1' },
        onInternalError: (error) => internal.push(error),
        ...times,
      },
    );
  let server = make();
  const folder = await mkdtemp(join(tmpdir(), 'fleet-api-'));
  const path = join(folder, 'sock');
  await server.listen({ path });
  const { address } = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    context,
    path,
    /** The same API on TCP. */
    port: Number(address.split(':').at(-1)),
    internal,
    seen,
    /** Ends the daemon's side: whoever is connected is cut off, and nobody listens until `start`. */
    stop: () => server[Symbol.asyncDispose](),
    start: async () => {
      server = make();
      await server.listen({ path });
    },
    ask: ask(path),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      cluster[Symbol.dispose]();
      await store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** Has an answer that the API's document does not tell of counted as an internal error. */
async function checked(
  { method, path }: HttpRequest,
  answer: () => HttpAnswerParts | Promise<HttpAnswerParts>,
  internal: unknown[],
): Promise<HttpAnswerParts> {
  const note = (status: number, body: unknown) => {
    const wrong = undocumented(method, path, status, body);
    if (wrong !== undefined) internal.push(new Error(wrong));
  };
  try {
    const parts = await answer();
    const body = parts.stream === undefined ? parts.json : undefined;
    note(parts.status, body === undefined ? undefined : JSON.parse(JSON.stringify(body)));
    return parts;
  } catch (error) {
    if (error instanceof CodedError)
      note(error.http, { error: { code: error.http, message: error.message } });
    throw error;
  }
}

export function ask(socketPath: string): Ask {
  return (method, path, body, headers = { 'Content-Type': 'application/json' }) =>
    new Promise((resolve, reject) => {
      const payload = typeof body === 'string' ? body : JSON.stringify(body);
      // Node frames no body of a DELETE by itself: its bytes would be taken for the next request.
      const framing = payload === undefined ? {} : { 'Content-Length': Buffer.byteLength(payload) };
      const sent = request(
        { socketPath, method, path, headers: payload === undefined ? {} : { ...headers, ...framing } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            const json =
              response.headers['content-type']?.startsWith('application/json') === true && text !== '';
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text,
              body: json ? JSON.parse(text) : undefined,
            });
          });
        },
      );
      sent.on('error', reject);
      sent.end(payload);
    });
}

/** A request that is nothing but its query. */
export function queryOf(text: string): HttpRequest {
  return {
    method: 'GET',
    path: '/',
    query: new URLSearchParams(text),
    header: () => [],
    text: async () => '',
    signal: new AbortController().signal,
  };
}
