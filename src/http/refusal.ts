// Answers to what never became a request: no HTTP, too long a head, too slow a client. The form is that of
// all errors, and no answer that is under way on the same connection is broken by it.

import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { errnoOf } from '../host/index.ts';

const refusals: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'The head of the request is too long.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'The request did not come in time.'],
};

/** Makes the server answer what it cannot read, and CONNECT, which it does not do. */
export function refuseStrangers(server: Server, headers: Readonly<Record<string, string>>): void {
  const answering = new WeakMap<Duplex, Set<ServerResponse>>();
  server.on('request', (_, response) => note(answering, response));
  server.on('checkContinue', (_, response) => note(answering, response));
  server.on('checkExpectation', (_, response) => note(answering, response));
  server.on('clientError', (error: Error, socket) => {
    const code = errnoOf(error) ?? '';
    if (code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const [status, words, message] = refusals[code] ?? [
      400,
      'Bad Request',
      `The request is not valid HTTP: ${error.message}.`,
    ];
    const pending = [...(answering.get(socket) ?? [])];
    // The request whose body broke: it is never answered by its handler, which still waits for the rest.
    const broken = pending.find(({ req }) => !req.complete);
    const refuse = () => {
      if (broken?.headersSent === true) socket.destroy();
      else end(socket, headers, status, words, message);
    };
    const before = new Set(pending.filter((response) => response !== broken));
    if (before.size === 0) refuse();
    for (const response of before) {
      response.once('close', () => {
        if (before.delete(response) && before.size === 0) refuse();
      });
    }
  });
  server.on('connect', (_, socket) => {
    end(socket, headers, 405, 'Method Not Allowed', 'CONNECT is not supported.');
  });
}

function note(answering: WeakMap<Duplex, Set<ServerResponse>>, response: ServerResponse): void {
  const { socket } = response.req;
  const pending = answering.get(socket) ?? new Set();
  answering.set(socket, pending.add(response));
  response.once('close', () => pending.delete(response));
}

function end(
  socket: Duplex,
  headers: Readonly<Record<string, string>>,
  code: number,
  words: string,
  message: string,
): void {
  if (!socket.writable) return;
  const body = JSON.stringify({ error: { code, message } });
  const lines = Object.entries({
    ...headers,
    Connection: 'close',
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${code} ${words}\r\n${lines.join('')}\r\n${body}`);
  // Whoever does not close its side is not waited for.
  setTimeout(() => socket.destroy(), 1000).unref();
}
