// Answers that a server should not give, over real sockets, as the engine reads them: each is a code and a sentence.

import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readSettings } from '../../../src/update/config/settings.ts';
import { exchange } from '../../../src/update/server/exchange.ts';
import { type CheckResult, check } from '../../../src/update/server/server.ts';
import { noUpdate } from '../world.ts';

async function answerTo(
  context: TestContext,
  give: (response: ServerResponse) => void,
): Promise<CheckResult> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => give(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  // A server that listens has an address of that form.
  const { port } = server.address() as AddressInfo;
  const { settings } = readSettings({});
  const facts = {
    machineId: 'm',
    bootId: 'b',
    oem: '',
    oemVersion: '',
    architecture: 'x86_64',
    noUpdate: false,
  };
  return await check(
    (url, document, signal) => exchange(url, document, { signal, env: {}, totalMs: 20_000 }),
    `http://127.0.0.1:${port}/v1/update/`,
    { settings, facts, version: '1.0.0', alephVersion: '1.0.0' },
    { interactive: false, event: undefined },
    new AbortController().signal,
  );
}

const { body } = noUpdate();
const taken: readonly (readonly [string, (response: ServerResponse) => void])[] = [
  ['no content type', (response) => response.end(body)],
  ['a wrong content type', (response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end(body)],
  ['status 203', (response) => response.writeHead(203).end(body)],
  ['one byte at a time', (response) => drip(response, body.subarray(0, 400), body.subarray(400))],
];
for (const [name, give] of taken) {
  test(`an answer with ${name} is an answer`, async (context) => {
    assert.equal((await answerTo(context, give)).kind, 'none');
  });
}

const refused: readonly (readonly [string, number, (response: ServerResponse) => void])[] = [
  [
    'that is packed',
    31,
    (response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(body)),
  ],
  ['of status 204', 30, (response) => response.writeHead(204).end()],
  ['in UTF-16', 31, (response) => response.end(Buffer.from(body.toString(), 'utf16le'))],
  ['with entities', 31, (response) => response.end('<!DOCTYPE r [<!ENTITY a "b">]><response>&a;</response>')],
  ['of 300,000 levels', 34, (response) => response.end('<a>'.repeat(300_000))],
  ['without an end', 2000, (response) => response.write(Buffer.alloc(4 * 1024 * 1024, 32))],
  [
    'that redirects to itself',
    2000,
    (response) => response.writeHead(302, { Location: '/v1/update/' }).end(),
  ],
  ['of status 304', 2304, (response) => response.writeHead(304).end()],
];
for (const [name, code, give] of refused) {
  test(`an answer ${name} is code ${code}`, async (context) => {
    const result = await answerTo(context, give);
    assert.equal(result.kind === 'failed' && result.code, code, JSON.stringify(result));
    assert.match(result.kind === 'failed' ? result.reason : '', /^The .*\.$/s);
  });
}

function drip(response: ServerResponse, slow: Buffer, rest: Buffer): void {
  for (const byte of slow) response.write(Buffer.of(byte));
  response.end(rest);
}
