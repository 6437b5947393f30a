// Where the API is served and to whom: settings that are refused, TLS with and without certificates of
// clients, files that are read again, places that come and go.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type SecureVersion, connect as tlsConnect } from 'node:tls';
import { openApiSockets } from '../../src/fleet/api-sockets.ts';
import { inspectConfig, parseConfig, showFinding } from '../../src/fleet/config.ts';
import { httpServer } from '../../src/http/index.ts';
import { alternativeNames } from '../../src/http/server-tls.ts';
import { authority, type Identity } from '../http/authority.ts';

const tls = 'tls_certfile=/c\ntls_keyfile=/k\n';

test('settings that would open more than was meant are errors', () => {
  const errors = (text: string) =>
    inspectConfig(text, 'f', {}).findings.flatMap((finding) =>
      finding.level === 'error' ? showFinding(finding) : [],
    );
  for (const text of [
    'listen=http://127.0.0.1:1, http://[::1]:2, http://localhost:3?read-only, unix:///run/x?read-only',
    'listen=http://0.0.0.0:1\nlisten_plain=true',
    `listen=https://0.0.0.0:1\n${tls}tls_client_cafile=/a\ntls_client_names=a,b`,
    `listen=https://[::]:1\n${tls}tls_client_cafile=none`,
    `tls_sockets=mine\n${tls}tls_client_cafile=none`,
    'read_only_sockets=a,b',
  ])
    assert.deepEqual(errors(text), [], text);
  for (const [text, words] of [
    ['listen=http://0.0.0.0:1', /^f:1: listen = .*: expected https:\/\/ where others can come/],
    ['listen=http://10.0.0.1:1?read-only', /listen_plain/],
    ['listen=http://127.0.0.1.evil.example:1', /listen_plain/],
    [`listen=https://0.0.0.0:1\n${tls}`, /tls_client_cafile beside it/],
    ['listen=https://0.0.0.0:1\ntls_client_cafile=none', /tls_certfile and tls_keyfile/],
    ['tls_certfile=/c', /both/],
    ['tls_client_names=a', /tls_client_cafile/],
    ['tls_sockets=a', /tls_certfile/],
    ['listen_plain=maybe', /true or false/],
    ...[
      'x',
      'http://127.0.0.1',
      'http://127.0.0.1:0',
      'http://127.0.0.1:99999',
      'unix://x',
      'https://:1',
    ].map((place) => [`listen=${place}`, /expected https:\/\/ADDRESS:PORT/] as const),
    ['listen=http://127.0.0.1:1?write', /expected/],
    ['listen=http://127.0.0.1:1/path', /expected/],
  ] as const) {
    assert.match(errors(text).join('\n'), words, text);
  }
});

test('a name that holds a comma is one name', () => {
  assert.deepEqual(alternativeNames('DNS:a.example, IP Address:10.0.0.1, URI:spiffe://x/y, othername:z'), [
    'a.example',
    '10.0.0.1',
    'spiffe://x/y',
  ]);
  assert.deepEqual(alternativeNames('URI:"http://x/, DNS:admin", email:a@b'), [
    'http://x/, DNS:admin',
    'a@b',
  ]);
});

interface Answer {
  readonly status: number;
  readonly text: string;
}

interface Caller extends Partial<Identity> {
  readonly ca: string;
}

function ask(port: number, caller: Caller | undefined, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const at = { host: '127.0.0.1', port, method, agent: false };
    const sent = caller === undefined ? plainRequest(at) : tlsRequest({ ...at, ...caller });
    sent.on('response', (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function opened(text: (folder: string) => string) {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-sockets-'));
  const said: string[] = [];
  const line = (level: string) => (_: object, message: string) => void said.push(`${level} ${message}`);
  const log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  const server = httpServer(({ method }) => ({ status: 200, text: method }), {
    maxBodyBytes: 1024,
    onInternalError: (error) => said.push(String(error)),
    onUntrusted: (error) => said.push(`untrusted ${error.message}`),
  });
  const settings = (changed: string) => parseConfig(changed, 'f', {}).config.api;
  const write = (file: string, content: string) => writeFile(join(folder, file), content);
  return {
    folder,
    said,
    write,
    path: join(folder, 'own'),
    open: () =>
      openApiSockets({
        ...{ server, sockets: [], ownSocket: join(folder, 'own'), log },
        settings: settings(text(folder)),
      }),
    settings,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

test('TLS: only clients of the authority and of the names given; files are read again', async () => {
  const [port, anybodys, questions] = [await freePort(), await freePort(), await freePort()];
  const conf = (folder: string) =>
    [
      `listen=https://127.0.0.1:${port}, http://127.0.0.1:${questions}?read-only`,
      ...[`tls_certfile=${folder}/crt`, `tls_keyfile=${folder}/key`, `tls_client_cafile=${folder}/ca`],
      'tls_client_names=admin,robot.example',
    ].join('\n');
  await using place = await opened(conf);
  const [ours, theirs] = [authority('ours'), authority('theirs')];
  const server = ours.issue('server');
  await place.write('crt', server.cert);
  await place.write('key', server.key);
  await place.write('ca', ours.cert);
  const sockets = await place.open();
  const by = (identity: Identity) => ({ ca: ours.cert, ...identity });
  const admin = by(ours.issue('admin'));
  assert.deepEqual(await ask(port, admin, 'DELETE'), { status: 200, text: 'DELETE' });
  assert.equal((await ask(port, by(ours.issue('other', 'DNS:robot.example')))).status, 200);
  const stranger = await ask(port, by(ours.issue('nobody', 'DNS:nobody.example')));
  assert.equal(stranger.status, 403);
  assert.match(stranger.text, /The client certificate of \\"nobody\\" may not use this API/);
  await assert.rejects(ask(port, { ca: ours.cert }));
  await assert.rejects(ask(port, by(theirs.issue('admin'))));
  await assert.rejects(ask(port, undefined));
  for (const [version, accepted] of [
    ['TLSv1.1', false],
    ['TLSv1.2', true],
    ['TLSv1.3', true],
  ] as const) {
    assert.equal(await speaks(port, admin, version), accepted, version);
  }
  assert.equal((await ask(questions, undefined)).status, 200);
  const refused = await ask(questions, undefined, 'PUT');
  assert.deepEqual([refused.status, /read-only/.test(refused.text)], [403, true]);

  // Broken files change nothing; then other ones: of the server, and of who may come.
  await place.write('crt', 'nonsense');
  await sockets.reload(place.settings(conf(place.folder)));
  assert.equal((await ask(port, admin)).status, 200);
  assert.match(place.said.join('\n'), /error .*cannot be used/);
  const next = theirs.issue('server');
  await place.write('crt', next.cert);
  await place.write('key', next.key);
  await place.write('ca', theirs.cert);
  await sockets.reload(place.settings(conf(place.folder)));
  await assert.rejects(ask(port, admin));
  assert.equal((await ask(port, { ca: theirs.cert, ...theirs.issue('admin') })).status, 200);
  await assert.rejects(ask(port, { ca: theirs.cert, ...ours.issue('admin') }));

  // Another place instead, open to anybody, said aloud.
  const open = conf(place.folder)
    .replace(`https://127.0.0.1:${port}`, `https://127.0.0.1:${anybodys}`)
    .replace(/^tls_client.*$/gm, '');
  await sockets.reload(place.settings(`${open}\ntls_client_cafile=none`));
  await assert.rejects(ask(port, { ca: theirs.cert, ...theirs.issue('admin') }), /ECONNREFUSED/);
  assert.equal((await ask(anybodys, { ca: theirs.cert })).status, 200);
  assert.match(place.said.join('\n'), new RegExp(`warn .*127.0.0.1:${anybodys} by TLS, to anybody`));
});

function speaks(port: number, caller: Caller, version: SecureVersion): Promise<boolean> {
  return new Promise((resolve) => {
    const versions = { minVersion: version, maxVersion: version };
    const socket = tlsConnect({ host: '127.0.0.1', port, ...caller, ...versions });
    socket.on('error', () => resolve(false));
    socket.on('secureConnect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

test('a place that cannot be had is said, the others are served, and it is tried again', async () => {
  const [taken, free] = [await freePort(), await freePort()];
  const conf = (folder: string) =>
    `listen=http://127.0.0.1:${taken}, http://127.0.0.1:${free}, unix://${folder}/file, unix://${folder}/sock`;
  await using place = await opened(conf);
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(taken, '127.0.0.1', () => resolve()));
  await place.write('file', 'precious');
  const sockets = await place.open();
  assert.equal((await ask(free, undefined)).status, 200);
  const log = place.said.join('\n');
  assert.match(log, new RegExp(`error The API cannot be served at http://127.0.0.1:${taken}: .*EADDRINUSE`));
  assert.match(log, /error The API cannot be served at unix:.*file: .*is there and is no socket/);
  await new Promise((resolve) => squatter.close(resolve));
  await sockets.reload(place.settings(conf(place.folder)));
  assert.equal((await ask(taken, undefined)).status, 200);
});
