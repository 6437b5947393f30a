// What clients do that are slow, gone or no clients at all: the server goes on, and keeps nothing of them.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { httpServer } from '../../src/http/index.ts';

/** A server whose `/stream` never ends, whose `/late` takes its time, `/large` is written as fast as it is read, and the rest echoes. */
async function serve(patienceMs?: number) {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-http-'));
  const internal: unknown[] = [];
  const counts = { begun: 0, streams: 0, pieces: 0 };
  async function* stream(signal: AbortSignal, piece: string, everyMs: number) {
    counts.begun++;
    counts.streams++;
    try {
      while (!signal.aborted) {
        yield piece;
        counts.pieces++;
        if (everyMs > 0) await sleep(everyMs, undefined, { signal }).catch(() => {});
      }
    } finally {
      counts.streams--;
    }
  }
  const server = httpServer(
    async (request) => {
      if (request.path === '/stream') return { status: 200, stream: stream(request.signal, 'x\n', 20) };
      if (request.path === '/large')
        return {
          status: 200,
          stream: stream(request.signal, 'x'.repeat(64 * 1024), 0),
          farewell: 'too slow\n',
        };
      // Long after the end of the request, and of the client's half of the connection, has come.
      if (request.path === '/late') await sleep(300);
      return { status: 200, text: await request.text() };
    },
    {
      maxBodyBytes: 1024,
      onInternalError: (error) => internal.push(error),
      ...(patienceMs === undefined ? {} : { patienceMs }),
    },
  );
  const path = join(folder, 'sock');
  await server.listen({ path });
  return {
    counts,
    internal,
    path,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

async function open(path: string, text: string): Promise<Socket> {
  const socket = connect({ path, allowHalfOpen: true });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(text);
  return socket;
}

/** All that comes until the server closes, at most 30 s. */
async function answer(path: string, text: string, half = false): Promise<string> {
  const socket = await open(path, text);
  if (half) socket.end();
  let got = '';
  socket.on('data', (chunk: Buffer) => {
    got += chunk.toString('latin1');
  });
  const timer = setTimeout(() => socket.destroy(), 30_000);
  await new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
  clearTimeout(timer);
  socket.destroy();
  return got;
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (holds()) return;
    await sleep(50);
  }
  assert.fail(what);
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;

test('what is no HTTP is answered with 4xx, and the server goes on', { timeout: 60_000 }, async () => {
  await using server = await serve();
  for (const text of [
    'hello\r\n\r\n',
    '\0\x01\x02\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(70_000)}\r\n\r\n`,
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\nConnection: close\r\n\r\n${'y'.repeat(5000)}`,
  ]) {
    assert.match(await answer(server.path, text), /^HTTP\/1\.1 4\d\d /, JSON.stringify(text.slice(0, 60)));
  }
  assert.match(await answer(server.path, get('/')), /^HTTP\/1\.1 200 /);
});

test('a client that has closed its half still gets its answer', { timeout: 30_000 }, async () => {
  await using server = await serve();
  assert.match(await answer(server.path, get('/'), true), /^HTTP\/1\.1 200 /);
  assert.match(await answer(server.path, get('/late'), true), /^HTTP\/1\.1 200 /);
});

test('a body that breaks off is nobody else’s trouble', { timeout: 30_000 }, async () => {
  await using server = await serve();
  const socket = await open(server.path, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nabc');
  await sleep(100);
  socket.destroy();
  await sleep(100);
  assert.match(await answer(server.path, get('/')), /^HTTP\/1\.1 200 /);
});

test('a reader that stops reading fills no memory, and is dropped', { timeout: 60_000 }, async () => {
  await using server = await serve(500);
  const socket = await open(server.path, get('/large'));
  socket.pause();
  await until(() => server.counts.begun === 1, 'the stream begins');
  await until(() => server.counts.streams === 0, 'the stream is given up');
  // What the sockets hold, and one piece more.
  assert.ok(server.counts.pieces * 64 * 1024 < 8 * 1024 * 1024, `${server.counts.pieces} pieces`);
  socket.destroy();
  assert.deepEqual(server.internal, []);
});

test('a reader that was only slow is told why it was cut off', { timeout: 60_000 }, async () => {
  await using server = await serve(5_000);
  const socket = await open(server.path, get('/large'));
  socket.pause();
  await until(() => server.counts.begun === 1, 'the stream begins');
  await until(() => server.counts.streams === 0, 'the stream is given up');
  let last = '';
  socket.on('data', (chunk: Buffer) => {
    last = (last + chunk.toString('latin1')).slice(-100);
  });
  socket.resume();
  await new Promise((resolve) => socket.once('end', resolve));
  socket.destroy();
  assert.match(last, /too slow\n\r\n0\r\n\r\n$/);
  assert.deepEqual(server.internal, []);
});

test('1,000 readers of a stream come and go, and nothing of them stays', { timeout: 120_000 }, async () => {
  await using server = await serve();
  for (let round = 0; round < 10; round++) {
    const sockets = await Promise.all(
      Array.from({ length: 100 }, async () => (await open(server.path, get('/stream'))).resume()),
    );
    await until(() => server.counts.streams === 100, `100 streams, not ${server.counts.streams}`);
    for (const socket of sockets) socket.destroy();
    await until(() => server.counts.streams === 0, `no stream, not ${server.counts.streams}`);
  }
  assert.deepEqual(server.internal, []);
});
