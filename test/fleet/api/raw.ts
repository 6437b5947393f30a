// Requests as bytes on a socket, and what comes back, byte for byte.

import assert from 'node:assert/strict';
import { connect, type NetConnectOpts } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** In the order and form they came, names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Sends the bytes, and gives all that comes until the server closes the connection. */
export function send(
  target: NetConnectOpts,
  bytes: string | Uint8Array,
  deadlineMs = 60_000,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...target, allowHalfOpen: true });
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`No end within ${deadlineMs} ms: ${Buffer.concat(chunks).toString('latin1')}`));
    }, deadlineMs);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
    socket.write(bytes);
  });
}

/** The answers in what came, each with a body of the length that it states. */
export function answersIn(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    assert.notEqual(end, -1, `no head: ${JSON.stringify(rest.slice(0, 200))}`);
    const [line = '', ...lines] = rest.slice(0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1]);
    const headers = new Map(
      lines.map((header) => {
        const colon = header.indexOf(':');
        return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()];
      }),
    );
    const length = status === 100 || status === 204 ? 0 : Number(headers.get('content-length') ?? 0);
    const from = end + 4;
    answers.push({ status, headers, body: rest.slice(from, from + length) });
    rest = rest.slice(from + length);
  }
  return answers;
}

/** One request that ends the connection. `lines` are its headers besides Host and Content-Length. */
export async function request(
  target: NetConnectOpts,
  method: string,
  path: string,
  lines: readonly string[] = [],
  body = '',
): Promise<RawAnswer> {
  const length = body === '' && lines.length === 0 ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const head = [`${method} ${path} HTTP/1.1`, 'Host: fleet', 'Connection: close', ...lines, ...length];
  const text = await send(target, `${head.join('\r\n')}\r\n\r\n${body}`);
  // A head without a body states the length that the body would have.
  if (method === 'HEAD') return headOnly(text);
  const [answer, ...more] = answersIn(text);
  assert.ok(answer !== undefined && more.length === 0, `one answer expected: ${text.slice(0, 300)}`);
  return answer;
}

function headOnly(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [answer] = answersIn(`${text.slice(0, end).replace(/\r\ncontent-length: \d+/i, '')}\r\n\r\n`);
  assert.ok(answer !== undefined);
  return { ...answer, body: text.slice(end + 4) };
}
