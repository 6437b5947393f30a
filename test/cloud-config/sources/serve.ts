// A server on this host that answers byte for byte as it is told, and remembers what it was asked.

import { createServer, type Socket } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  /** By names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of who asks. */
  readonly port: number;
}

/** Bytes to send before hanging up; undefined: say nothing and stay on the line. */
export type Script = (asked: Asked) => string | Uint8Array | undefined;

/** Serves until disposed of; `base` has no slash at its end. */
export async function serve(script: Script) {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let head = '';
    let done = false;
    socket.on('data', (piece) => {
      head += piece.toString('latin1');
      if (done || !head.includes('\r\n\r\n')) return;
      done = true;
      const request = parse(head, socket.remotePort ?? 0);
      asked.push(request);
      const answer = script(request);
      if (answer !== undefined) socket.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    base: `http://127.0.0.1:${address.port}`,
    asked,
    paths: () => asked.map(({ method, path }) => `${method} ${path}`),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function parse(head: string, port: number): Asked {
  const [first = '', ...lines] = head.slice(0, head.indexOf('\r\n\r\n')).split('\r\n');
  const [method = '', path = ''] = first.split(' ');
  const headers = lines.map((line) => {
    const at = line.indexOf(':');
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const;
  });
  return { method, path, headers: Object.fromEntries(headers), port };
}

/** An answer with a length. */
export function answer(
  status: string,
  body: string | Uint8Array = '',
  headers: Readonly<Record<string, string>> = {},
): Uint8Array {
  const bytes = Buffer.from(body);
  const all = { 'Content-Type': 'text/plain', ...headers, 'Content-Length': String(bytes.length) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`), bytes]);
}

export const ok = (body: string | Uint8Array, headers?: Readonly<Record<string, string>>): Uint8Array =>
  answer('200 OK', body, headers);

export const notFound = (): Uint8Array => answer('404 Not Found', '404 page not found\n');

/** Limits that keep a test short. The time-out is long: only a test of stalls may come to it. */
export const quick = { tries: 3, pauseMs: () => 1, timeoutMs: 20_000 };
