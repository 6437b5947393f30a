// Files over HTTP: whole, in part, resumed; and nothing that lies outside of the folder.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileAnswer, httpServer } from '../../src/http/index.ts';

async function serve() {
  const base = await mkdtemp(join(tmpdir(), 'keelson-files-'));
  const folder = join(base, 'served');
  await mkdir(join(folder, 'sub dir'), { recursive: true });
  await writeFile(join(base, 'secret'), 'secret');
  await writeFile(join(folder, 'small.json'), '{"a":1}');
  await writeFile(join(folder, 'empty'), '');
  await writeFile(join(folder, '.hidden'), 'secret');
  await writeFile(join(folder, 'sub dir', 'ä&b'), 'umlaut');
  await symlink('../secret', join(folder, 'out'));
  await symlink('small.json', join(folder, 'in'));
  await symlink('..', join(folder, 'up'));
  const large = randomBytes(3_000_000);
  await writeFile(join(folder, 'large'), large);
  const internal: unknown[] = [];
  const server = httpServer((incoming) => fileAnswer(incoming, folder, incoming.path.slice(1)), {
    maxBodyBytes: 1024,
    onInternalError: (error) => internal.push(error),
  });
  const { address } = await server.listen({ port: 0, host: '127.0.0.1' });
  const port = Number(address.split(':')[1]);
  return {
    ...{ folder, large, internal, port },
    ask: (path: string, headers: Record<string, string> = {}, method = 'GET') =>
      ask(port, path, headers, method),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(base, { recursive: true });
    },
  };
}

/** The path goes out as it is: no client's own cleaning. */
async function ask(port: number, path: string, headers: Record<string, string>, method: string) {
  const sent = request({ host: '127.0.0.1', port, path, headers, method, agent: false });
  sent.end();
  const [answer] = await once(sent, 'response');
  const pieces: Buffer[] = [];
  for await (const piece of answer) pieces.push(piece);
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) };
}

test('a file, whole', async () => {
  await using server = await serve();
  const { status, headers, body } = await server.ask('/large');
  assert.equal(status, 200);
  assert.equal(headers['content-length'], '3000000');
  assert.equal(headers['accept-ranges'], 'bytes');
  assert.equal(headers['content-type'], 'application/octet-stream');
  assert.match(String(headers.etag), /^"[^"]+"$/);
  assert.ok(body.equals(server.large));
  const small = await server.ask('/small.json');
  assert.equal(small.headers['content-type'], 'application/json');
  assert.equal(String(small.body), '{"a":1}');
  assert.equal((await server.ask('/empty')).headers['content-length'], '0');
});

test('HEAD says the same without the bytes', async () => {
  await using server = await serve();
  const whole = await server.ask('/large');
  const head = await server.ask('/large', { Range: 'bytes=0-3' }, 'HEAD');
  assert.equal(head.status, 200);
  assert.equal(head.body.length, 0);
  for (const name of ['content-length', 'etag', 'last-modified', 'content-type', 'accept-ranges']) {
    assert.equal(head.headers[name], whole.headers[name]);
  }
});

test('parts, each with its place', async () => {
  await using server = await serve();
  for (const [range, start, end] of [
    ['bytes=0-0', 0, 0],
    ['bytes=100-199', 100, 199],
    ['bytes=131071-131073', 131_071, 131_073],
    ['bytes=2999999-', 2_999_999, 2_999_999],
    ['bytes=-5', 2_999_995, 2_999_999],
    ['bytes=1000000-9999999', 1_000_000, 2_999_999],
  ] as const) {
    const { status, headers, body } = await server.ask('/large', { Range: range });
    assert.equal(status, 206);
    assert.equal(headers['content-range'], `bytes ${start}-${end}/3000000`);
    assert.equal(headers['content-length'], String(end - start + 1));
    assert.ok(body.equals(server.large.subarray(start, end + 1)));
  }
});

test('a part that is not there', async () => {
  await using server = await serve();
  const { status, headers } = await server.ask('/large', { Range: 'bytes=3000000-' });
  assert.equal(status, 416);
  assert.equal(headers['content-range'], 'bytes */3000000');
});

test('a download goes on only in the file that it began with', async () => {
  await using server = await serve();
  const etag = String((await server.ask('/large')).headers.etag);
  const again = { Range: 'bytes=10-', 'If-Range': etag };
  assert.equal((await server.ask('/large', again)).status, 206);
  assert.equal((await server.ask('/large', { 'If-None-Match': etag })).status, 304);
  await utimes(join(server.folder, 'large'), 1, 1);
  assert.equal((await server.ask('/large', again)).status, 200);
  assert.equal((await server.ask('/large', { 'If-None-Match': etag })).status, 200);
});

test('links inside the folder lead to their files', async () => {
  await using server = await serve();
  assert.equal(String((await server.ask('/in')).body), '{"a":1}');
  assert.equal(String((await server.ask('/sub%20dir/%C3%A4%26b')).body), 'umlaut');
});

const outside = [
  '/',
  '/absent',
  '/sub%20dir',
  '/sub%20dir/',
  '/out',
  '/up/secret',
  '/../secret',
  '/..%2fsecret',
  '/%2e%2e/secret',
  '/%2e%2e%2fsecret',
  '/sub%20dir/../../secret',
  '/./small.json',
  '//small.json',
  '/.hidden',
  '/%2ehidden',
  '/small.json/',
  '/small.json%00',
  '/%00',
  '/..%5csecret',
  '/%',
  '/%zz',
  '/%c0%ae%c0%ae/secret',
  '/%252e%252e/secret',
  '/small.json/../small.json',
  '/pipe',
  `/${'a'.repeat(5000)}`,
];
test('what leads out, or to no file, is not there', async () => {
  await using server = await serve();
  execFileSync('mkfifo', [join(server.folder, 'pipe')]);
  for (const path of outside) {
    const { status, body } = await server.ask(path);
    assert.equal(status, 404, path);
    assert.ok(!String(body).includes('secret'), path);
  }
  assert.deepEqual(server.internal, []);
});

test('files are only read', async () => {
  await using server = await serve();
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    const { status, headers } = await server.ask('/small.json', {}, method);
    assert.equal(status, 405);
    assert.equal(headers.allow, 'GET, HEAD');
  }
});

test('a file that shrinks is broken off, not padded', async () => {
  await using server = await serve();
  const path = join(server.folder, 'shrinks');
  await writeFile(path, Buffer.alloc(64 * 1024 * 1024));
  const socket = connect(server.port, '127.0.0.1');
  socket.write('GET /shrinks HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'readable');
  await truncate(path, 0);
  let got = 0;
  socket.on('error', () => {});
  socket.on('data', (piece) => {
    got += piece.length;
  });
  await new Promise((resolve) => socket.once('close', resolve));
  assert.ok(got < 64 * 1024 * 1024);
});

test('no file stays open, whatever readers do', async () => {
  await using server = await serve();
  const openHere = async () => {
    const places = await Promise.all(
      (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
    );
    return places.filter((place) => place.startsWith(server.folder)).length;
  };
  const all = Array.from({ length: 60 }, async (_, i) => {
    if (i % 3 === 0) await server.ask('/large');
    else if (i % 3 === 1)
      await server.ask('/large', { Range: 'bytes=9999999-' }, i % 2 === 0 ? 'HEAD' : 'GET');
    else {
      const socket = connect(server.port, '127.0.0.1');
      socket.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n');
      if (i % 2 === 0) await once(socket, 'readable');
      socket.destroy();
    }
  });
  await Promise.all(all);
  // Generous: the last descriptors are closed by threads.
  for (let i = 0; i < 600 && (await openHere()) > 0; i++) await sleep(50);
  assert.equal(await openHere(), 0);
});
