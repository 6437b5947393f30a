import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { httpClient } from '../../src/http/index.ts';
import { selfSigned } from './authority.ts';

async function listening(server: Server, target: { path: string } | { port: number; host: string }) {
  await new Promise<void>((done) => server.listen(target, done));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: () => new Promise<void>((done) => void server.close(() => done())),
  };
}

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'http-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const echo: RequestListener = (request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    response.setHeader('Content-Type', 'application/json');
    response.end(
      JSON.stringify({ method: request.method, url: request.url, body, port: request.socket.remotePort }),
    );
  });
};

test('calls on a unix socket, one connection for all', async () => {
  using where = folder();
  const path = join(where.path, 's');
  const server = createServer(echo);
  let connections = 0;
  server.on('connection', () => (connections += 1));
  await using _ = await listening(server, { path });
  using client = httpClient({ socketPath: path, description: 'it', basePath: '/base' });
  for (let i = 0; i < 3; i++) {
    const { status, body } = await client.call('POST', '/x', { body: { i } });
    assert.deepEqual([status, Object(body).url, Object(body).body], [200, '/base/x', JSON.stringify({ i })]);
  }
  assert.equal(connections, 1);
});

test('failures are sentences', async () => {
  using where = folder();
  const path = join(where.path, 's');
  using nowhere = httpClient({ socketPath: path, description: 'it' });
  await assert.rejects(nowhere.call('GET', '/'), {
    code: 'http.unreachable',
    message: 'it cannot be reached: there is no such socket.',
  });
  await using _ = await listening(
    createServer((request, response) => {
      if (request.url === '/hang') return;
      if (request.url === '/cut') response.destroy();
      else response.end('<html>');
    }),
    { path },
  );
  using hasty = httpClient({ socketPath: path, description: 'it', deadlineMs: 200 });
  await assert.rejects(hasty.call('GET', '/hang'), {
    code: 'http.deadline',
    message: 'it did not answer within 0.2 s.',
  });
  using client = httpClient({ socketPath: path, description: 'it' });
  await assert.rejects(client.call('GET', '/cut'), { code: 'http.unreachable' });
  await assert.rejects(client.call('GET', '/html'), { code: 'http.malformed', message: /not JSON: <html>/ });
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('enough')), 20);
  await assert.rejects(client.call('GET', '/hang', { signal: stop.signal }), { message: 'enough' });
});

test('a stream of lines, in whatever pieces, until it is cut or silent', async () => {
  using where = folder();
  const path = join(where.path, 's');
  await using _ = await listening(
    createServer(async (request, response) => {
      if (request.url === '/none')
        return void response.writeHead(404, { 'Content-Type': 'application/json' }).end('{"error":{}}');
      for (const piece of ['{"a":', '1}\n\n{"ü', '":2}\n', '{"half']) {
        response.write(piece);
        await new Promise((done) => setTimeout(done, 10));
      }
      if (request.url === '/end') response.end();
    }),
    { path },
  );
  using client = httpClient({ socketPath: path, description: 'it' });
  const read = async (url: string) => {
    const got: unknown[] = [];
    let refused = 0;
    const lines = client.lines(url, { silenceMs: 1500 }, ({ status }) => (refused = status));
    try {
      for await (const line of lines) got.push(line);
    } catch (error) {
      got.push(Object(error).code);
    }
    return { got, refused };
  };
  assert.deepEqual(await read('/end'), { got: [{ a: 1 }, { ü: 2 }], refused: 0 });
  assert.deepEqual(await read('/silent'), { got: [{ a: 1 }, { ü: 2 }, 'http.deadline'], refused: 0 });
  assert.deepEqual(await read('/none'), { got: [], refused: 404 });
});

test('a certificate is always checked, unless told not to', async () => {
  const [shown, own] = [1, 2].map(() => selfSigned('fleet', 'DNS:fleet.test,IP:127.0.0.1'));
  assert.ok(shown !== undefined && own !== undefined);
  const server = createSecureServer(
    {
      ...shown,
      ca: own.cert,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ known: Object(request.socket).authorized }));
    },
  );
  await using listener = await listening(server, { port: 0, host: '127.0.0.1' });
  const { port } = listener;
  const ask = async (tls: Parameters<typeof httpClient>[0]['tls'], host = '127.0.0.1') => {
    using client = httpClient({ host, port, tls: tls ?? {}, description: 'it' });
    return (await client.call('GET', '/')).body;
  };
  await assert.rejects(ask({}), { code: 'http.tls', message: /cannot be trusted/ });
  await assert.rejects(ask({ ca: own.cert }), { code: 'http.tls' });
  await assert.rejects(ask({ ca: shown.cert }, 'localhost'), {
    code: 'http.tls',
    message: /does not match/,
  });
  assert.deepEqual(await ask({ ca: shown.cert }), { known: false });
  assert.deepEqual(await ask({ insecure: true }), { known: false });
  assert.deepEqual(await ask({ ca: shown.cert, ...own }), {
    known: true,
  });
});
