// A web server of one folder, as any of them is: ranges, ETags, If-Range. What it does wrong is told by the test.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** One answer, before it is sent. */
export interface Reply {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly name: string;
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  /** Ends the connection after so many bytes of the body. */
  cutAfter?: number;
}

/** Changes a reply; true when it has answered by itself. */
export type Trick = (reply: Reply) => boolean | undefined | Promise<boolean | undefined>;

export class FileServer implements AsyncDisposable {
  readonly folder: string;
  readonly log: string[] = [];
  /** Bytes of bodies that were sent. */
  sent = 0;
  trick: Trick = () => undefined;
  #port = 0;
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy());
  });

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async of(folder: string, trick?: Trick): Promise<FileServer> {
    const server = new FileServer(folder);
    if (trick !== undefined) server.trick = trick;
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    server.#port = (server.#server.address() as AddressInfo).port;
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = new URL(request.url ?? '/', this.url).pathname.slice(1);
    this.log.push(`${name} ${request.headers.range ?? 'whole'}`);
    const file = await readFile(join(this.folder, name)).catch(() => undefined);
    const reply: Reply = { request, response, name, status: 404, headers: {}, body: Buffer.from('none\n') };
    if (file !== undefined) Object.assign(reply, ranged(file, request.headers));
    if ((await this.trick(reply)) === true) return;
    const length = { 'content-length': String(reply.body.length) };
    response.writeHead(reply.status, { ...length, ...reply.headers });
    const part = reply.cutAfter === undefined ? reply.body : reply.body.subarray(0, reply.cutAfter);
    this.sent += part.length;
    if (part === reply.body) response.end(part);
    else response.write(part, () => response.destroy());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function ranged(
  file: Buffer,
  headers: IncomingMessage['headers'],
): Pick<Reply, 'status' | 'headers' | 'body'> {
  const etag = `"${createHash('md5').update(file).digest('hex')}"`;
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  const ifRange = headers['if-range'];
  if (first === undefined || (ifRange !== undefined && ifRange !== etag)) {
    return { status: 200, headers: { etag, 'accept-ranges': 'bytes' }, body: file };
  }
  const [from, to] = [Number(first), Math.min(file.length - 1, Number(last || file.length - 1))];
  if (from >= file.length) {
    return { status: 416, headers: { 'content-range': `bytes */${file.length}` }, body: Buffer.alloc(0) };
  }
  return {
    status: 206,
    headers: { etag, 'content-range': `bytes ${from}-${to}/${file.length}` },
    body: file.subarray(from, to + 1),
  };
}
