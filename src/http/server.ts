// JSON over HTTP on unix sockets, TCP ports and descriptors that systemd passed, with TLS or without: one
// handler, one form of error, bounded bodies and times.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type ExchangeOptions, errorAnswer, exchange, type HttpHandler } from './exchange.ts';
import { refuseStrangers } from './refusal.ts';
import type { ServerTls } from './server-tls.ts';

export interface HttpServerOptions extends ExchangeOptions {
  /** The head of a request has to come within so long, its body within `requestMs`. Default 10,000. */
  readonly headMs?: number;
  /** Default 60,000. */
  readonly requestMs?: number;
  /** So long what is being answered may go on when the server closes. Default 500. */
  readonly drainMs?: number;
  /** Hears of connections that broke off before they were trusted. */
  readonly onUntrusted?: (error: Error) => void;
}

export type ListenTarget =
  | { readonly fd: number }
  | { readonly path: string }
  | { readonly port: number; readonly host: string };

export interface ListenOptions {
  readonly tls?: ServerTls;
  /** Answers questions only: what is no GET or HEAD gets 403. */
  readonly readOnly?: boolean;
}

/** One place that is listened at. */
export interface Listening {
  /** Where, for people: `127.0.0.1:49153`, or the path of a socket. */
  readonly address: string;
  /** Whether only this host can connect. */
  readonly local: boolean;
  /** Takes other certificates for connections to come. Throws `http.tls` for those that cannot be used. */
  renew(tls: ServerTls): void;
  /** Listens there no more, and ends the connections that came there. */
  close(): Promise<void>;
}

export interface HttpServer extends AsyncDisposable {
  listen(target: ListenTarget, options?: ListenOptions): Promise<Listening>;
}

/** Makes a server that listens nowhere yet; each `listen` adds a place. Disposal ends all connections. */
export function httpServer(handler: HttpHandler, options: HttpServerOptions): HttpServer {
  const servers = new Set<Server>();
  const turns = new WeakMap<Socket, Promise<void>>();
  /** Requests of one connection are done one after the other, also when they were sent without waiting. */
  const inTurn = (socket: Socket, work: () => Promise<void>) => {
    turns.set(socket, turns.get(socket)?.then(work) ?? work());
  };
  return {
    async listen(target, { tls, readOnly = false } = {}) {
      const times = {
        keepAliveTimeout: 60_000,
        headersTimeout: options.headMs ?? 10_000,
        requestTimeout: options.requestMs ?? 60_000,
        connectionsCheckingInterval: Math.min(5_000, options.headMs ?? 5_000),
      };
      const gate =
        tls === undefined
          ? undefined
          : (await import('./server-tls.ts')).tlsServer(tls, {
              ...times,
              handshakeTimeout: times.headersTimeout,
            });
      const server = gate?.server ?? createServer(times);
      // Who has said all may close his side and still get the answer: so do clients behind a pipe.
      Object.assign(server, { httpAllowHalfOpen: true });
      const guarded: HttpHandler = (request) => {
        if (readOnly && request.method !== 'GET' && request.method !== 'HEAD') {
          return errorAnswer(403, 'This socket answers questions only; it is read-only.');
        }
        return handler(request);
      };
      const serve = (awaited: boolean) => (incoming: IncomingMessage, response: ServerResponse) => {
        const stranger = gate?.strangerOf(incoming);
        const name = JSON.stringify(stranger);
        const refusal = () => errorAnswer(403, `The client certificate of ${name} may not use this API.`);
        const answerer = stranger === undefined ? guarded : refusal;
        inTurn(incoming.socket, () => exchange(answerer, options, incoming, response, awaited));
      };
      refuseStrangers(server, options.headers ?? {});
      server.on('request', serve(false));
      server.on('checkContinue', serve(true));
      server.on('checkExpectation', (incoming: IncomingMessage, response: ServerResponse) => {
        const refusal = () => errorAnswer(417, 'Only Expect: 100-continue is known.');
        void exchange(refusal, options, incoming, response, true);
      });
      server.on('tlsClientError', (error: Error) => options.onUntrusted?.(error));
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      server.once('error', reject);
      server.listen(target, () => resolve());
      await promise;
      servers.add(server);
      return {
        ...addressOf(server),
        renew: (next) => gate?.renew(next),
        close: () => {
          servers.delete(server);
          return closeServer(server, options.drainMs);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...servers].map((server) => closeServer(server, options.drainMs)));
    },
  };
}

async function closeServer(server: Server, drainMs = 500): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), drainMs);
  // Those that have got their answer meanwhile are kept open for no other.
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  await closed;
  clearTimeout(timer);
  clearInterval(idle);
}

function addressOf(server: Server): Pick<Listening, 'address' | 'local'> {
  const address = server.address();
  if (address === null || typeof address === 'string') return { address: address ?? 'a socket', local: true };
  const { address: host, port, family } = address;
  const local = /^(127\.|::1$|::ffff:127\.)/.test(host);
  return { address: family === 'IPv6' ? `[${host}]:${port}` : `${host}:${port}`, local };
}
