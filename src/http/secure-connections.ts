// The same over TLS, which node:https does for us.

import type { IncomingMessage } from 'node:http';
import type { TlsSettings } from './client.ts';
import type { AnswerHead, Exchange, ExchangeRequest } from './sent-request.ts';

export interface SecureTarget {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsSettings;
}

export interface SecureConnections extends Disposable {
  open(request: ExchangeRequest): Exchange;
}

/** Connections to one server, kept and used again. */
export function secureConnections({ host, port, tls }: SecureTarget): SecureConnections {
  // An `import` of node:https evaluates all that it exports.
  const { Agent, request: send } = process.getBuiltinModule('node:https');
  const agent = new Agent({ keepAlive: true });
  return {
    open({ method, path, headers, payload }) {
      const request = send({ agent, method, path, host, port, ...tlsOptions(tls, host), headers });
      const answer = new Promise<IncomingMessage>((resolve, reject) => {
        request.on('response', resolve);
        request.on('error', reject);
        request.on('close', () => reject(new Error('the connection was closed before an answer')));
      });
      // Nobody may be waiting any more when the connection breaks.
      answer.catch(() => {});
      const head = answer.then(
        ({ statusCode, headers: given }): AnswerHead => ({
          status: statusCode ?? 0,
          contentType: given['content-type'] ?? '',
        }),
      );
      head.catch(() => {});
      request.end(payload);
      return {
        head,
        get isReused() {
          return request.reusedSocket;
        },
        async *body() {
          yield* await answer;
        },
        destroy: () => request.destroy(),
      };
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function tlsOptions(tls: TlsSettings, host: string) {
  return {
    // An address is no server name; the certificate is then checked against the address itself.
    ...(/^[\d.]+$|:/.test(host) ? { host } : { servername: host }),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    rejectUnauthorized: tls.insecure !== true,
    minVersion: 'TLSv1.2' as const,
  };
}
