// HTTP/1.1 over plain sockets, a client's side, and no more of it than an API needs: node:http takes half as
// long to load as all of the runtime. Answers are read strictly: what is not HTTP is an error.

import type { Socket } from 'node:net';
import { AnswerReader } from './plain-answer.ts';
import type { Exchange, ExchangeRequest } from './sent-request.ts';

/** Beyond so many bytes that nobody has read yet, the server has to wait. */
const maxUnread = 1024 * 1024;

export interface PlainTarget {
  readonly socketPath?: string;
  readonly host: string;
  readonly port?: number;
}

/** Connections to one server; each serves one request after the other. */
export class PlainConnections implements Disposable {
  readonly #target: PlainTarget;
  readonly #idle = new Set<PlainConnection>();

  constructor(target: PlainTarget) {
    this.#target = target;
  }

  /** Sends a request on a connection that is free, or on a new one. */
  open(request: ExchangeRequest): Exchange {
    const text = requestText(request);
    const [free] = this.#idle;
    if (free !== undefined) this.#idle.delete(free);
    const connection = free ?? new PlainConnection(connect(this.#target), (one) => this.#idle.delete(one));
    const exchange = new PlainExchange(connection.socket, free !== undefined, (staysOpen) => {
      connection.free(staysOpen);
      if (staysOpen) this.#idle.add(connection);
    });
    connection.send(text, exchange);
    return exchange;
  }

  [Symbol.dispose](): void {
    for (const { socket } of this.#idle) socket.destroy();
    this.#idle.clear();
  }
}

class PlainConnection {
  readonly socket: Socket;
  #exchange: PlainExchange | undefined;

  /** `onGone` is called when it ends while no request is on it. */
  constructor(socket: Socket, onGone: (connection: PlainConnection) => void) {
    this.socket = socket;
    const gone = () => {
      if (this.#exchange === undefined) onGone(this);
      else this.#exchange.end();
    };
    socket.on('data', (chunk) => {
      // What comes without a request belongs to none.
      if (this.#exchange === undefined) socket.destroy();
      else this.#exchange.take(chunk);
    });
    socket.on('error', (error) => this.#exchange?.fail(error));
    socket.on('end', gone);
    socket.on('close', gone);
  }

  send(text: string, exchange: PlainExchange): void {
    this.#exchange = exchange;
    this.socket.ref();
    this.socket.write(text);
  }

  /** The answer is over. A connection that is kept does not keep the process. */
  free(staysOpen: boolean): void {
    this.#exchange = undefined;
    if (staysOpen) this.socket.resume().unref();
    else this.socket.destroy();
  }
}

function connect({ socketPath, host, port }: PlainTarget): Socket {
  // An `import` of node:net evaluates more than that.
  const net = process.getBuiltinModule('node:net');
  return socketPath === undefined
    ? net.connect({ host, port: port ?? 80, noDelay: true })
    : net.connect({ path: socketPath });
}

class PlainExchange implements Exchange {
  readonly head: Exchange['head'];
  readonly isReused: boolean;
  readonly #socket: Socket;
  readonly #reader = new AnswerReader();
  readonly #over: (staysOpen: boolean) => void;
  readonly #head = Promise.withResolvers<Awaited<Exchange['head']>>();
  #failure: Error | undefined;
  #wake: () => void = () => {};

  constructor(socket: Socket, isReused: boolean, over: (staysOpen: boolean) => void) {
    this.#socket = socket;
    this.isReused = isReused;
    this.#over = over;
    this.head = this.#head.promise;
    // Nobody may be waiting any more when the connection breaks.
    this.head.catch(() => {});
  }

  async *body(): AsyncGenerator<Buffer, void, void> {
    for (;;) {
      const chunk = this.#reader.body.shift();
      if (chunk !== undefined) {
        yield chunk;
        continue;
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#reader.isComplete) return;
      this.#socket.resume();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  destroy(): void {
    if (this.#reader.isComplete) return;
    this.fail(new Error('the request was given up'));
    this.#socket.destroy();
  }

  take(chunk: Buffer): void {
    if (this.#reader.isComplete || this.#failure !== undefined) return;
    try {
      this.#reader.take(chunk);
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
      this.#socket.destroy();
      return;
    }
    if (this.#reader.head !== undefined) this.#head.resolve(this.#reader.head);
    if (this.#reader.isComplete) this.#over(this.#reader.staysOpen);
    else if (this.#reader.unread > maxUnread) this.#socket.pause();
    this.#wake();
  }

  /** The server has nothing more to say: the end of an answer without a length, of any other a break. */
  end(): void {
    if (this.#reader.isComplete || this.#failure !== undefined) return;
    if (this.#reader.end()) {
      this.#over(false);
      this.#wake();
    } else this.fail(broken());
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#head.reject(this.#failure);
    this.#wake();
  }
}

function broken(): Error {
  return Object.assign(new Error('the connection was closed before the whole answer'), {
    code: 'ECONNRESET',
  });
}

function requestText({ method, path, headers, payload }: ExchangeRequest): string {
  const lines = [`${method} ${path} HTTP/1.1`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  for (const line of lines) {
    // A line break in one would be another header, or another request.
    if (/[^\t\x20-\x7e\x80-\xff]/.test(line)) throw new TypeError(`Not to be sent by HTTP: ${line}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n${payload ?? ''}`;
}
