// The plain client against answers as servers give them, in whatever pieces, and against what is no HTTP.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { httpClient } from '../../src/http/index.ts';
import { AnswerReader } from '../../src/http/plain-answer.ts';

/** What a reader makes of an answer that comes in pieces of these sizes. */
function read(answer: string, sizes: readonly number[]): AnswerReader {
  const reader = new AnswerReader();
  const bytes = Buffer.from(answer, 'latin1');
  let place = 0;
  for (let turn = 0; place < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    reader.take(bytes.subarray(place, place + size));
    place += size;
  }
  return reader;
}

const whole: readonly (readonly [answer: string, body: string, staysOpen: boolean])[] = [
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'hello', true],
  ['HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 2\r\n\r\nhi', 'hi', false],
  ['HTTP/1.1 204 No Content\r\n\r\n', '', true],
  ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n', '', true],
  [
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nwiki\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n',
    'wiki0123456789',
    true,
  ],
  ['HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', 'ok', false],
];

test('an answer is the same in whatever pieces it comes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
      for (const [answer, body, staysOpen] of whole) {
        const reader = read(answer, sizes);
        assert.equal(reader.isComplete, true, answer);
        assert.equal(Buffer.concat(reader.body).toString(), body);
        assert.equal(reader.staysOpen, staysOpen, answer);
      }
    }),
  );
});

test('an answer without a length ends with its connection, any other is then broken', () => {
  const open = read('HTTP/1.1 200 OK\r\n\r\nall of it', [3]);
  assert.deepEqual([open.isComplete, open.end(), open.staysOpen], [false, true, false]);
  for (const cut of ['HTTP/1.1 200', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'])
    assert.equal(read(cut, [4]).end(), false);
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\n';
  assert.equal(read(chunked, [7]).end(), false);
});

test('what is no HTTP is refused', () => {
  for (const bad of [
    'SSH-2.0-OpenSSH_9.2\r\n',
    'HTTP/2 200\r\n\r\n',
    'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n',
    `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`,
  ]) {
    assert.throws(() => read(bad, [1000]), Error, bad.slice(0, 60));
  }
});

/** A server that speaks through this. */
async function serving(onConnection: (socket: Socket) => void) {
  const server = createServer(onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return at(server);
}

function at(server: Server) {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}

const client = (port: number) =>
  httpClient({ host: '127.0.0.1', port, description: 'it', deadlineMs: 20_000 });

test('a kept connection that the server has closed meanwhile costs a GET nothing', async () => {
  let connections = 0;
  const closed = Promise.withResolvers<void>();
  await using server = await serving((socket) => {
    connections++;
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
      // The second request finds a connection that breaks under it.
      if (connections === 1) socket.once('data', () => socket.resetAndDestroy());
      socket.once('close', () => closed.resolve());
    });
  });
  using http = client(server.port);
  assert.deepEqual((await http.call('GET', '/')).body, {});
  assert.deepEqual((await http.call('GET', '/')).body, {});
  await closed.promise;
  assert.equal(connections, 2);
});

test('what comes without having been asked for closes a kept connection', async () => {
  let connections = 0;
  const gone = Promise.withResolvers<void>();
  await using server = await serving((socket) => {
    connections++;
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}{"poison":1}'));
    socket.on('close', () => gone.resolve());
  });
  using http = client(server.port);
  assert.deepEqual((await http.call('GET', '/')).body, {});
  await gone.promise;
  assert.deepEqual((await http.call('GET', '/')).body, {});
  assert.equal(connections, 2);
});

test('a reader that is slow makes the server wait, and gets every line', async () => {
  const count = 20_000;
  let waited = false;
  const server = createHttpServer(async (_request, response) => {
    for (let index = 0; index < count; index++) {
      if (response.write(`${JSON.stringify({ index, padding: 'x'.repeat(500) })}\n`)) continue;
      waited = true;
      await once(response, 'drain');
    }
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await using listening = at(server);
  using http = client(listening.port);
  let next = 0;
  for await (const line of http.lines('/', {}, () => assert.fail('it was refused'))) {
    assert.equal(Object(line).index, next++);
    if (next % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(next, count);
  assert.ok(waited);
});

test('no line break of a caller gets into the head of a request', async () => {
  await using server = await serving(() => assert.fail('nothing may be sent'));
  using http = client(server.port);
  await assert.rejects(http.call('GET', '/a HTTP/1.1\r\nX: y'), /Not to be sent/);
});
