// TLS on the server's side: which certificates are shown, and whose are taken. Loaded where TLS is asked for.

import type { IncomingMessage } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import { createSecureContext, TLSSocket } from 'node:tls';
import { httpErrors } from './errors.ts';

export interface ServerTls {
  /** Certificate and key of the server, in PEM. */
  readonly cert: string;
  readonly key: string;
  /** Authorities whose certificates clients must have, in PEM; without it clients need none. */
  readonly clientCa?: string;
  /** Only clients of one of these names (common name or subject alternative name); without it all. */
  readonly clientNames?: readonly string[];
}

export interface TlsGate {
  readonly server: Server;
  /** The name of a client that is none of those that may; undefined when it may. */
  strangerOf(incoming: IncomingMessage): string | undefined;
  renew(tls: ServerTls): void;
}

/** A server that speaks TLS. Throws `http.tls` for certificates that cannot be used. */
export function tlsServer(tls: ServerTls, options: ServerOptions): TlsGate {
  const server = createServer({ ...options, ...contextOf(tls) });
  let allowed = tls.clientNames;
  return {
    server,
    strangerOf: ({ socket }) => {
      if (allowed === undefined) return undefined;
      const names = socket instanceof TLSSocket ? clientNamesOf(socket) : [];
      return names.some((name) => allowed?.includes(name)) ? undefined : (names[0] ?? '');
    },
    renew: (next) => {
      server.setSecureContext(contextOf(next));
      allowed = next.clientNames;
    },
  };
}

function contextOf({ cert, key, clientCa }: ServerTls) {
  const settings = {
    cert,
    key,
    minVersion: 'TLSv1.2' as const,
    ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
  };
  try {
    createSecureContext(settings);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw httpErrors.error('tls', `The certificates for TLS cannot be used: ${why}.`, { cause });
  }
  return settings;
}

/** The names in the certificate that the client showed; none when it showed none. */
function clientNamesOf(socket: TLSSocket): readonly string[] {
  // Node gives an empty object for no certificate.
  const certificate: Partial<ReturnType<TLSSocket['getPeerCertificate']>> = socket.getPeerCertificate();
  const names = [certificate.subject?.CN ?? [], alternativeNames(certificate.subjectaltname ?? '')].flat();
  return names.filter((name) => name !== '');
}

/** The names in Node's text of subject alternative names, where one that could be taken for two is quoted. */
export function alternativeNames(text: string): readonly string[] {
  return [...text.matchAll(/([\w ]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy)].flatMap(
    ([, kind = '', value = '']) => {
      if (!['DNS', 'URI', 'email', 'IP Address'].includes(kind)) return [];
      return value.startsWith('"') ? [String(JSON.parse(value))] : [value];
    },
  );
}
