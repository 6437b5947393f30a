// One document to a server and its answer, over real sockets: slow, cut, endless, redirected, through a proxy.

import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { updateErrors } from '../../../src/update/errors.ts';
import { exchange, proxyEnvironment } from '../../../src/update/server/exchange.ts';

async function serve(
  context: TestContext,
  listener: RequestListener,
): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  // A server that listens has an address of that form.
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1/update/`, server };
}

const none = { env: {} };

for (const status of [200, 400, 404, 500, 503]) {
  test(`an answer with status ${status} is an answer`, async (context) => {
    const seen: string[] = [];
    const { url } = await serve(context, (request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers['content-type']}`);
      request.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
      request.on('end', () => response.writeHead(status).end('answer'));
    });
    const answer = await exchange(url, '<request/>', none);
    assert.equal(answer.status, status);
    assert.equal(answer.body.toString(), 'answer');
    assert.deepEqual(seen, ['POST /v1/update/ text/xml', '<request/>']);
  });
}

const unreachable = (pattern: RegExp) => (error: unknown) => {
  assert.ok(updateErrors.is(error, 'unreachable'), String(error));
  assert.match(error.message, pattern);
  return true;
};

test('nothing listens', async (context) => {
  const { url, server } = await serve(context, () => {});
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await assert.rejects(exchange(url, 'x', none), unreachable(/nothing listens there/));
});

test('the connection breaks before the answer', async (context) => {
  const { url } = await serve(context, (request) => request.socket.destroy());
  await assert.rejects(exchange(url, 'x', none), unreachable(/connection broke|hang up/));
});

test('the connection breaks in the middle of the answer', async (context) => {
  const { url } = await serve(context, (request, response) => {
    response.writeHead(200, { 'Content-Length': '1000' });
    response.write('half', () => request.socket.destroy());
  });
  await assert.rejects(exchange(url, 'x', none), unreachable(/connection broke|aborted/));
});

test('a server that says nothing is given up', async (context) => {
  const { url } = await serve(context, () => {});
  const limits = { ...none, connectMs: 2000, silenceMs: 100 };
  await assert.rejects(exchange(url, 'x', limits), unreachable(/it was silent/));
});

test('a server that never ends its answer is given up', async (context) => {
  const { url } = await serve(context, (_request, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  });
  await assert.rejects(exchange(url, 'x', { ...none, totalMs: 300 }), unreachable(/no whole answer/));
});

test('an answer that is too long is refused', async (context) => {
  const { url } = await serve(context, (_request, response) => response.end(Buffer.alloc(3_000_000, 32)));
  await assert.rejects(exchange(url, 'x', none), (error) => updateErrors.is(error, 'answer'));
});

test('it can be interrupted', async (context) => {
  const asked = Promise.withResolvers<void>();
  const { url } = await serve(context, () => asked.resolve());
  const stop = new AbortController();
  const answer = exchange(url, 'x', { ...none, signal: stop.signal });
  await asked.promise;
  stop.abort(new Error('enough'));
  await assert.rejects(answer, /enough/);
  await assert.rejects(exchange(url, 'x', { ...none, signal: stop.signal }), /enough/);
});

test('redirects are followed with the document, ten times at most', async (context) => {
  let left = 0;
  const { url } = await serve(context, (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      if (left-- > 0)
        response.writeHead([301, 302, 307, 308][left % 4] ?? 307, { Location: `/next-${left}` }).end();
      else response.end(`${request.method} ${request.url} ${body}`);
    });
  });
  left = 10;
  assert.equal((await exchange(url, 'document', none)).body.toString(), 'POST /next-0 document');
  left = 11;
  await assert.rejects(exchange(url, 'document', none), unreachable(/more than 10 times/));
});

for (const target of ['ftp://one.example/', 'file:///etc/passwd', 'http://']) {
  test(`a redirect to ${target} is not followed`, async (context) => {
    const { url } = await serve(context, (_request, response) =>
      response.writeHead(302, { Location: target }).end(),
    );
    await assert.rejects(exchange(url, 'x', none), unreachable(/which is not followed/));
  });
}

test('a proxy of the environment is used, and not for what is exempt from it', async (context) => {
  const seen: string[] = [];
  const proxy = await serve(context, (request, response) => {
    seen.push(String(request.url));
    response.end('by proxy');
  });
  const { url } = await serve(context, (_request, response) => response.end('straight'));
  const origin = new URL(proxy.url).origin;
  for (const name of ['http_proxy', 'HTTP_PROXY', 'ALL_PROXY', 'all_proxy']) {
    const { body } = await exchange(url, 'x', { env: { [name]: origin } });
    assert.equal(body.toString(), 'by proxy', name);
  }
  assert.ok(seen.every((one) => one === url));
  const exempt = await exchange(url, 'x', { env: { HTTP_PROXY: origin, NO_PROXY: '127.0.0.1' } });
  assert.equal(exempt.body.toString(), 'straight');
});

test('the proxies in the names that are read, lower case first, ALL_PROXY last', () => {
  const env = { HTTP_PROXY: 'a', http_proxy: 'b', ALL_PROXY: 'c', no_proxy: 'd' };
  assert.deepEqual(proxyEnvironment(env), { HTTP_PROXY: 'b', HTTPS_PROXY: 'c', NO_PROXY: 'd' });
  assert.deepEqual(proxyEnvironment({ https_proxy: '' }), {
    ...{ HTTP_PROXY: undefined, HTTPS_PROXY: undefined, NO_PROXY: undefined },
  });
});
