// A web server on the loopback for machines under test, and the way from QEMU's network to it.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import type { Network } from '../../src/sandbox/vm/model.ts';

type Services = NonNullable<Extract<Network, { kind: 'user' }>['services']>;

export interface WebServer extends AsyncDisposable {
  /** What machines call it: `http://10.0.2.100`. */
  readonly url: string;
  /** For the machine's network. */
  readonly services: Services;
  /** Paths that were asked for, in their order. */
  readonly asked: readonly string[];
}

/** Serves the files below a folder. */
export async function serveFolder(folder: string): Promise<WebServer> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent((request.url ?? '/').replace(/[?#].*/, '')));
    asked.push(path);
    const file = join(folder, path);
    const facts = await stat(file).catch(() => undefined);
    if (facts?.isFile() !== true) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-length': facts.size });
    if (request.method === 'HEAD') response.end();
    else createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const address = '10.0.2.100';
  return {
    url: `http://${address}`,
    services: [{ address, port: 80, to: { host: '127.0.0.1', port } }],
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
