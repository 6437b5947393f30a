// One HTTP request to one endpoint of etcd: a call with a deadline, or a stream of JSON lines.

import * as http from 'node:http';
import * as https from 'node:https';
import { answeredFailure, commonNameRefused, EndpointFailure, socketFailure } from './failure.ts';
import { isMessage, type Message } from './wire.ts';

export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface GatewayRequest {
  readonly endpoint: URL;
  readonly path: string;
  readonly body: Message;
  readonly token: string | undefined;
  /** The connections to use again, or a connection of its own. */
  readonly agent: http.Agent | false;
  readonly tls: TlsMaterial;
  readonly signal: AbortSignal;
  /** How long to wait for the connection, and for the answer to begin. */
  readonly connectMs: number;
  readonly answerMs: number;
}

/**
 * Posts and returns the answer as one object. Streams of one message (keep-alive) are unwrapped.
 * Throws EndpointFailure only.
 */
export async function call(request: GatewayRequest): Promise<Message> {
  const stop = AbortSignal.any([request.signal, AbortSignal.timeout(Math.ceil(request.answerMs))]);
  try {
    const response = await post({ ...request, signal: stop });
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(Buffer.from(chunk));
    return unwrap(parse(Buffer.concat(chunks), response.statusCode ?? 0), response.statusCode ?? 0);
  } catch (cause) {
    const failure = socketFailure(cause, true);
    if (!stop.aborted || failure.undone) throw new EndpointFailure(failure);
    throw new EndpointFailure({ kind: 'retry', reason: 'it did not answer in time', undone: false });
  }
}

/** Posts and yields the messages of the answer as they come. Throws EndpointFailure only. */
export async function* stream(request: GatewayRequest): AsyncGenerator<Message, void, void> {
  try {
    const answer = AbortSignal.timeout(Math.ceil(request.answerMs));
    const response = await post(request, answer);
    const status = response.statusCode ?? 0;
    let pieces: Buffer[] = [];
    for await (const chunk of response) {
      let rest = Buffer.from(chunk);
      for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
        const line = Buffer.concat([...pieces, rest.subarray(0, end)]);
        pieces = [];
        rest = rest.subarray(end + 1);
        if (line.length > 0) yield unwrap(parse(line, status), status);
      }
      if (rest.length > 0) pieces.push(rest);
    }
    // An error before the first message comes without the line's end.
    if (pieces.length > 0) yield unwrap(parse(Buffer.concat(pieces), status), status);
  } catch (cause) {
    throw new EndpointFailure(socketFailure(cause, true));
  }
}

/** Sends the request and waits for the head of the answer; `head` gives up on that, not on the body. */
function post(request: GatewayRequest, head?: AbortSignal): Promise<http.IncomingMessage> {
  const body = Buffer.from(JSON.stringify(request.body));
  const secure = request.endpoint.protocol === 'https:';
  return new Promise((resolve, reject) => {
    let connected = false;
    const message = (secure ? https : http).request(new URL(request.path, request.endpoint), {
      method: 'POST',
      agent: request.agent,
      signal: request.signal,
      ...(secure ? request.tls : {}),
      headers: {
        'content-type': 'application/json',
        'content-length': body.length,
        // A member that has lost its leader then says so at once instead of trying.
        'grpc-metadata-hasleader': 'true',
        ...(request.token === undefined ? {} : { authorization: request.token }),
      },
    });
    const fail = (reason: string) =>
      message.destroy(new EndpointFailure({ kind: 'retry', reason, undone: !connected }));
    const connecting = setTimeout(() => fail('it could not be connected to in time'), request.connectMs);
    const onHead = () => fail('no answer in time');
    head?.addEventListener('abort', onHead, { once: true });
    const settle = () => {
      clearTimeout(connecting);
      head?.removeEventListener('abort', onHead);
    };
    message.on('socket', (socket) => {
      const ready = () => {
        connected = true;
        clearTimeout(connecting);
      };
      if (message.reusedSocket) return ready();
      socket.once(secure ? 'secureConnect' : 'connect', ready);
      // Notices a peer that is gone without a word; one that only hangs is noticed by deadlines.
      socket.setKeepAlive(true, 10_000);
    });
    message.on('error', (cause) => {
      settle();
      reject(new EndpointFailure(socketFailure(cause, connected)));
    });
    message.on('response', (response) => {
      settle();
      resolve(response);
    });
    // The whole request at once: with its body left open, etcd 3.4 never answers a watch.
    message.end(body);
  });
}

function parse(bytes: Buffer, status: number): Message {
  const text = bytes.toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    if (isMessage(value)) return value;
  } catch {}
  throw new EndpointFailure(answeredFailure(status, { message: plainReason(status, text) }));
}

/** What an answer says that is not JSON: of etcd we know one, all others are not etcd. */
function plainReason(status: number, text: string): string {
  if (text.startsWith('CommonName of client')) return commonNameRefused;
  return `it answered with HTTP status ${status}, not as etcd does`;
}

function unwrap(message: Message, status: number): Message {
  if (status !== 200 || message.error !== undefined)
    throw new EndpointFailure(answeredFailure(status, message));
  return isMessage(message.result) ? message.result : message;
}
