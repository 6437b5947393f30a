// The stand-in server over real sockets: HTTP's rules as go-omaha has them, raw bytes, many at once.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ServeOptions, serveUpdates } from '../../src/coreupdate/index.ts';
import { readResponse, updateOffer, writeRequest } from '../../src/omaha/index.ts';
import { selfSigned } from '../http/authority.ts';
import * as samples from '../omaha/samples.ts';
import { releaseFolder } from './folder.ts';

const log = { info: () => {}, warn: () => {}, entry: () => {} };
const xml = { 'Content-Type': 'text/xml' };

async function serve(options: Partial<ServeOptions> = {}) {
  const made = await releaseFolder();
  await made.release('2000.0.0', '2000.0.0');
  const warnings: string[] = [];
  const server = await serveUpdates({
    ...{ folder: made.folder, listen: { host: '127.0.0.1', port: 0 } },
    log: { ...log, warn: (text) => warnings.push(text) },
    ...options,
  });
  const port = Number(server.address.split(':').at(-1));
  return {
    ...{ made, server, port, warnings },
    ask: (
      body: string | Uint8Array,
      headers: Record<string, string> = xml,
      path = '/v1/update/',
      method = 'POST',
    ) => ask(port, body, headers, path, method),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await made[Symbol.asyncDispose]();
    },
  };
}

async function ask(
  port: number,
  body: string | Uint8Array | undefined,
  headers: Record<string, string>,
  path: string,
  method: string,
  agent: Agent | false = false,
) {
  const sent = request({ host: '127.0.0.1', port, path, method, headers, agent });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  const pieces: Buffer[] = [];
  for await (const piece of answer) pieces.push(piece);
  return { status: answer.statusCode, headers: answer.headers, text: String(Buffer.concat(pieces)) };
}

test('an update is offered, fetched, and granted again within the same boot', async () => {
  await using server = await serve();
  const { status, headers, text } = await server.ask(samples.updateEngineCheck);
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'text/xml; charset=utf-8');
  const offer = updateOffer(readResponse(text), samples.appId);
  assert.ok(offer.kind === 'update');
  assert.equal(offer.version, '2000.0.0');
  assert.deepEqual(offer.codebases, [`http://127.0.0.1:${server.port}/releases/2000.0.0/`]);
  const manifest = await readFile(join(server.made.folder, '2000.0.0/manifest.json'));
  assert.equal(offer.payload.name, 'manifest.json');
  assert.equal(offer.payload.size, manifest.length);
  const { text: fetched } = await server.ask('', {}, '/releases/2000.0.0/manifest.json', 'GET');
  assert.equal(fetched, String(manifest));
  assert.equal((await server.ask(samples.updateEngineCheck)).text, text);
});

test('every app and every event is answered, in order, ids as they came', async () => {
  await using server = await serve();
  const body = writeRequest({
    protocol: '3.0',
    apps: [
      { appId: '{unknown}', version: '1', ping: { active: 1 }, updateCheck: {}, events: [] },
      {
        appId: samples.appId.slice(1, -1).toUpperCase(),
        version: '1',
        ping: { active: 1 },
        events: [
          { type: 13, result: 1 },
          { type: 4711, result: 0 },
        ],
      },
      { appId: samples.appId, version: '3000.0.0', updateCheck: {}, events: [] },
      { appId: '', events: [] },
      { appId: samples.appId, updateCheck: {}, events: [] },
    ],
  });
  const { status, text } = await server.ask(body);
  assert.equal(status, 200);
  const { apps } = readResponse(text);
  assert.deepEqual(
    apps.map((app) => [app.appId, app.status, app.ping?.status, app.updateCheck?.status, app.events.length]),
    [
      ['{unknown}', 'error-unknownApplication', undefined, 'error-internal', 0],
      [samples.appId.slice(1, -1).toUpperCase(), 'ok', 'ok', undefined, 2],
      [samples.appId, 'ok', undefined, 'noupdate', 0],
      ['', 'error-invalidAppId', undefined, undefined, 0],
      [samples.appId, 'error-invalidVersion', undefined, 'error-internal', 0],
    ],
  );
  assert.match(apps[2]?.updateCheck?.reason ?? '', /newer than 2000\.0\.0/);
});

for (const [name, text] of Object.entries(samples.requests)) {
  test(`${name} is answered`, async () => {
    await using server = await serve({ appIds: ['{87efface-864d-49a5-9bb3-4b050a7c227a}'] });
    const { status, text: answered } = await server.ask(text);
    assert.equal(status, 200);
    const [app] = readResponse(answered).apps;
    assert.equal(app?.status, 'ok');
    assert.equal(app?.updateCheck !== undefined, text.includes('<updatecheck'));
    assert.equal(app?.ping !== undefined, text.includes('<ping'));
  });
}

const expectedPost = 'Expected a POST\n';
const bad = 'Bad Omaha Request\n';
const apps = (...statuses: string[]) => statuses.map((appId) => `<app appid="${appId}"/>`).join('');
const rules: readonly (readonly [
  name: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | Uint8Array,
  status: number,
  text?: string,
])[] = [
  ['GET', 'GET', '/v1/update/', {}, '', 400, expectedPost],
  ['PUT', 'PUT', '/v1/update/', xml, samples.pingOnly, 400, expectedPost],
  ['DELETE', 'DELETE', '/v1/update', {}, '', 400, expectedPost],
  ['without the slash', 'POST', '/v1/update', xml, samples.pingOnly, 200],
  ['a path below', 'POST', '/v1/update/some/path', xml, samples.pingOnly, 200],
  ['a query', 'POST', '/v1/update/?a=b', xml, samples.pingOnly, 200],
  ['a path beside', 'POST', '/v1/updates', xml, samples.pingOnly, 405],
  ['no Content-Type', 'POST', '/v1/update/', {}, samples.pingOnly, 200],
  ['application/xml', 'POST', '/v1/update/', { 'Content-Type': 'Application/XML' }, samples.pingOnly, 200],
  [
    'UTF-8 by name',
    'POST',
    '/v1/update/',
    { 'Content-Type': 'text/xml; charset=UTF-8' },
    samples.pingOnly,
    200,
  ],
  [
    'Latin-1 by name',
    'POST',
    '/v1/update/',
    { 'Content-Type': 'text/xml; charset=latin1' },
    samples.pingOnly,
    400,
    bad,
  ],
  ['JSON', 'POST', '/v1/update/', { 'Content-Type': 'application/json' }, samples.pingOnly, 400, bad],
  [
    'a form',
    'POST',
    '/v1/update/',
    { 'Content-Type': 'application/x-www-form-urlencoded' },
    samples.pingOnly,
    400,
    bad,
  ],
  ['no body', 'POST', '/v1/update/', xml, '', 400, bad],
  ['junk', 'POST', '/v1/update/', xml, 'junk', 400, bad],
  ['bytes that are no UTF-8', 'POST', '/v1/update/', xml, Buffer.from([0x3c, 0xff]), 400, bad],
  ['half a request', 'POST', '/v1/update/', xml, samples.pingOnly.slice(0, 300), 400, bad],
  [
    'entities',
    'POST',
    '/v1/update/',
    xml,
    `<!DOCTYPE r [<!ENTITY x "y">]>${samples.pingOnly.split('\n').slice(1).join('\n')}`,
    400,
    bad,
  ],
  [
    'another protocol',
    'POST',
    '/v1/update/',
    xml,
    samples.pingOnly.replace('protocol="3.0"', 'protocol="2.0"'),
    400,
    bad,
  ],
  ['an answer', 'POST', '/v1/update/', xml, samples.nebraskaNoUpdate, 400, bad],
  ['over 1 MiB', 'POST', '/v1/update/', xml, ' '.repeat(2 ** 20 + 1), 400, bad],
  ['no app', 'POST', '/v1/update/', xml, '<request protocol="3.0"/>', 400],
  ['an unknown app alone', 'POST', '/v1/update/', xml, `<request protocol="3.0">${apps('x')}</request>`, 400],
  [
    'an unknown app and a known one',
    'POST',
    '/v1/update/',
    xml,
    `<request protocol="3.0">${apps('x', samples.appId)}</request>`,
    200,
  ],
  ['nothing there', 'GET', '/', {}, '', 404],
  ['health', 'GET', '/healthz', {}, '', 200],
  ['health, HEAD', 'HEAD', '/healthz', {}, '', 200, ''],
  ['machines', 'GET', '/v1/machines', {}, '', 200],
  ['machines, POST', 'POST', '/v1/machines', {}, '', 405],
  ['a release that is none', 'GET', '/releases/1.0.0/manifest.json', {}, '', 404],
  ['channels.json is not served', 'GET', '/releases/channels.json', {}, '', 404],
  ['out of a release', 'GET', '/releases/2000.0.0/../../etc/passwd', {}, '', 404],
  ['out of a release, encoded', 'GET', '/releases/2000.0.0/..%2f..%2fetc%2fpasswd', {}, '', 404],
  ['a release as a whole', 'GET', '/releases/2000.0.0/', {}, '', 404],
  ['writing a release', 'PUT', '/releases/2000.0.0/manifest.json', {}, 'x', 405],
  ['a part', 'GET', '/releases/2000.0.0/usr.squashfs', { Range: 'bytes=0-3' }, '', 206, '2000'],
  ['a part of nothing', 'GET', '/releases/2000.0.0/usr.squashfs', { Range: 'bytes=5000-' }, '', 416],
];

test('the rules of HTTP', async (t) => {
  await using server = await serve();
  for (const [name, method, path, headers, body, status, text] of rules) {
    await t.test(name, async () => {
      const answer = await server.ask(body, headers, path, method);
      assert.equal(answer.status, status, answer.text);
      if (text !== undefined) assert.equal(answer.text, text);
      if (text === bad) assert.match(String(answer.headers['omaha-error']), /\w/);
    });
  }
});

test('no app at all gets an empty document', async () => {
  await using server = await serve();
  const { text } = await server.ask('<request protocol="3.0"/>');
  assert.deepEqual(readResponse(text).apps, []);
});

/** All that comes on one connection for these bytes. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(bytes);
  let got = '';
  socket.on('data', (piece: Buffer) => {
    got += piece.toString('latin1');
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return got;
}

test('raw bytes: two requests on one connection, Expect, chunks', async () => {
  await using server = await serve();
  const body = samples.pingOnly;
  const head = 'POST /v1/update/ HTTP/1.1\r\nHost: updates.example:8000\r\nContent-Type: text/xml\r\n';
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  const two = await raw(
    server.port,
    `${head}${length}\r\n${body}${head}${length}Connection: close\r\n\r\n${body}`,
  );
  assert.equal(two.match(/HTTP\/1\.1 200 OK/g)?.length, 2);
  const awaited = await raw(
    server.port,
    `${head}${length}Expect: 100-continue\r\nConnection: close\r\n\r\n${body}`,
  );
  assert.match(awaited, /^HTTP\/1\.1 100 Continue\r\n[\s\S]*HTTP\/1\.1 200 OK/);
  const chunk = `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  assert.match(
    await raw(server.port, `${head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunk}`),
    /200 OK/,
  );
});

test('a version with a plus in its name is offered at an address that serves it', async () => {
  await using server = await serve();
  const version = '4012.0.0+nightly-20240701-2100';
  await server.made.payload(`amd64-usr/${version}`);
  await server.made.channels({ stable: version });
  await server.server.reload();
  const { text } = await server.ask(samples.ueRsCheck);
  const offer = updateOffer(readResponse(text), samples.appId);
  assert.ok(offer.kind === 'update');
  assert.equal(offer.version, version);
  const url = new URL(offer.payload.name, offer.codebases[0]);
  assert.equal((await server.ask('', {}, url.pathname, 'GET')).text, 'CrAU payload');
});

test('the address in an answer is the one that was asked, unless it is none', async () => {
  await using server = await serve();
  const codebase = async (host: string) => {
    const body = samples.updateEngineCheck;
    const got = await raw(
      server.port,
      `POST /v1/update/ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    return /codebase="([^"]*)"/.exec(got)?.[1];
  };
  assert.equal(await codebase('updates.example:8000'), 'http://updates.example:8000/releases/2000.0.0/');
  assert.equal(await codebase('[2001:db8::1]:80'), 'http://[2001:db8::1]:80/releases/2000.0.0/');
  const own = `http://127.0.0.1:${server.port}/releases/2000.0.0/`;
  for (const host of ['a/b', 'a b', '"><x', 'user@host', '']) assert.equal(await codebase(host), own);
  await using fixed = await serve({
    urls: ['https://cdn.example/keelson/', 'http://[::1]:80'],
    pollIntervalSeconds: 7200,
  });
  const { text } = await fixed.ask(samples.updateEngineCheck);
  const offer = updateOffer(readResponse(text), samples.appId);
  assert.ok(offer.kind === 'update');
  assert.deepEqual(offer.codebases, [
    'https://cdn.example/keelson/releases/2000.0.0/',
    'http://[::1]:80/releases/2000.0.0/',
  ]);
  assert.equal(offer.pollIntervalSeconds, 7200);
});

test('1,000 machines at once, each answered as itself', async () => {
  await using server = await serve();
  await server.made.channels({ stable: { version: '2000.0.0', maxInProgress: 10 } });
  await server.server.reload();
  const agent = new Agent({ keepAlive: true, maxSockets: 250 });
  try {
    const outcomes = await Promise.all(
      Array.from({ length: 1000 }, async (_, i) => {
        const id = i.toString(16).padStart(32, '0');
        const body = samples.updateEngineCheck.replace('abce671d61774703ac7be60715220bfe', id);
        const { status, text } = await ask(server.port, body, xml, '/v1/update/', 'POST', agent);
        assert.equal(status, 200);
        return updateOffer(readResponse(text), samples.appId).kind;
      }),
    );
    assert.equal(outcomes.filter((kind) => kind === 'update').length, 10);
  } finally {
    agent.destroy();
  }
  const { machines } = JSON.parse((await server.ask('', {}, '/v1/machines', 'GET')).text);
  assert.equal(machines.length, 1000);
  assert.equal(machines.filter(({ status }: { status: string }) => status === 'on-hold').length, 990);
});

test('a machine on its way, from the grant to its end, makes room for the next', async () => {
  await using server = await serve();
  await server.made.channels({ stable: { version: '2000.0.0', maxInProgress: 1 } });
  await server.server.reload();
  const as = (machine: string, text: string) =>
    server.ask(text.replace('abce671d61774703ac7be60715220bfe', machine));
  const check = async (machine: string) =>
    updateOffer(readResponse((await as(machine, samples.updateEngineCheck)).text)).kind;
  const statusOf = async (machine: string) => {
    const { machines } = JSON.parse((await server.ask('', {}, '/v1/machines', 'GET')).text);
    return machines.find(({ machineId }: { machineId: string }) => machineId === machine)?.status;
  };
  assert.equal(await check('one'), 'update');
  assert.equal(await check('two'), 'none');
  assert.equal(await statusOf('two'), 'on-hold');
  for (const [type, result, status] of [
    [13, 1, 'downloading'],
    [14, 1, 'downloaded'],
    [3, 1, 'installed'],
  ] as const) {
    await as('one', samples.eventOnly(type, result));
    assert.equal(await statusOf('one'), status);
    assert.equal(await check('two'), 'none');
  }
  // It says with each check how its last update ended; this one has not.
  assert.equal(await check('one'), 'update');
  assert.equal(await statusOf('one'), 'installed');
  assert.equal(await check('two'), 'none');
  await as('one', samples.updateEngineCheck.replace(' version="1911.3.0"', ' version="2000.0.0"'));
  assert.equal(await statusOf('one'), 'complete');
  assert.equal(await check('two'), 'update');
  await as('two', samples.eventOnly(3, 0, 268_435_466));
  assert.equal(await statusOf('two'), 'failed');
  assert.equal(await check('three'), 'update');
});

test('a machine that puts its update off keeps no place', async () => {
  await using server = await serve();
  await server.made.channels({ stable: { version: '2000.0.0', maxInProgress: 1 } });
  await server.server.reload();
  const other = samples.updateEngineCheck.replace('abce671d', '00000000');
  const kind = async (text: string) =>
    updateOffer(readResponse((await server.ask(text)).text), samples.appId).kind;
  assert.equal(await kind(samples.updateEngineCheck), 'update');
  assert.equal(await kind(other), 'none');
  await server.ask(samples.eventOnly(3, 9, 35));
  assert.equal(await kind(other), 'update');
});

test('a folder that goes away is told, and what was known is offered', async () => {
  await using server = await serve();
  await rm(server.made.folder, { recursive: true });
  await server.server.reload();
  assert.match(server.warnings.at(-1) ?? '', /Not all was read again: .* cannot be read \(ENOENT\)/);
  const { status, text } = await server.ask('', {}, '/healthz', 'GET');
  assert.equal(status, 503);
  assert.equal(JSON.parse(text).status, 'unreadable');
  assert.equal((await server.ask(samples.updateEngineCheck)).status, 200);
});

test('a socket that a killed server left behind is taken over, one in use is not', async () => {
  const folder = await mkdtemp('/tmp/keelson-socket-');
  const path = join(folder, 's');
  try {
    // What a kill leaves: a socket that nobody listens at.
    const script = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    assert.throws(() => execFileSync(process.execPath, ['-e', script, path]));
    await using made = await releaseFolder();
    await using server = await serveUpdates({ folder: made.folder, listen: { path }, log });
    assert.equal(server.address, path);
    await assert.rejects(serveUpdates({ folder: made.folder, listen: { path }, log }), {
      code: 'coreupdate.listen',
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a certificate is shown, and another one after a reload', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-cert-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const show = async (name: string) => {
    const made = selfSigned(name);
    await writeFile(cert, made.cert);
    await writeFile(key, made.key);
  };
  try {
    await show('first');
    await using server = await serve({ tls: { cert, key } });
    const seen = async () => {
      const sent = secureRequest({
        host: '127.0.0.1',
        port: server.port,
        path: '/v1/update/',
        method: 'POST',
        rejectUnauthorized: false,
        agent: false,
      });
      sent.end(samples.updateEngineCheck);
      const [answer] = await once(sent, 'response');
      let text = '';
      for await (const piece of answer) text += piece;
      return { name: answer.socket.getPeerCertificate().subject.CN, text };
    };
    const { name, text } = await seen();
    assert.equal(name, 'first');
    assert.ok(text.includes(`codebase="https://127.0.0.1:${server.port}/releases/`));
    await show('second');
    await server.server.reload();
    assert.equal((await seen()).name, 'second');
  } finally {
    await rm(folder, { recursive: true });
  }
});
