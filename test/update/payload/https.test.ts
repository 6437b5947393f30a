// Fetching over https: an operator's own authority, a password for one server, and where it does not go.

import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { payloadCodeOf } from '../../../src/update/payload/errors.ts';
import { type HttpOptions, httpClient } from '../../../src/update/payload/http-get.ts';
import { authority } from '../../http/authority.ts';

const ca = authority('keelson test');
const server = createServer(ca.issue('127.0.0.1'));
const seen: IncomingMessage[] = [];
let url = '';

before(async () => {
  server.on('request', (request, response) => {
    seen.push(request);
    if (request.url === '/away') response.writeHead(302, { location: '/file' }).end();
    else if (request.url === '/elsewhere') {
      response.writeHead(302, { location: `${url.replace('127.0.0.1', 'localhost')}file` }).end();
    } else if (request.url === '/down') {
      response.writeHead(302, { location: 'http://127.0.0.1:9/file' }).end();
    } else if (request.url === '/round') response.writeHead(302, { location: '/round' }).end();
    else response.end('what it holds');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

async function get(path: string, options: Partial<HttpOptions> = {}): Promise<string> {
  seen.length = 0;
  await using client = httpClient({ env: {}, ca: ca.cert, ...options });
  const { body } = await client.get(`${url}${path}`, {});
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

const failed = (message: RegExp) => (error: unknown) => {
  assert.equal(payloadCodeOf(error), 9, String(error));
  assert.match(String(error), message);
  return true;
};

test('a server of the own authority is fetched from, one of a stranger’s is not', async () => {
  assert.equal(await get('file'), 'what it holds');
  await assert.rejects(
    get('file', { ca: authority('stranger').cert }),
    failed(/cannot be fetched: .*certificate/),
  );
});

test('the password goes to that server, and with a redirect to no other', async () => {
  const credentials = { user: 'core', password: 'secret' };
  const sent = () => seen.map(({ headers }) => headers.authorization);
  const basic = `Basic ${Buffer.from('core:secret').toString('base64')}`;
  await get('away', { credentials });
  assert.deepEqual(sent(), [basic, basic]);
  await get('elsewhere', { credentials });
  assert.deepEqual(sent(), [basic, undefined]);
});

test('redirects from https lead to https only, and to an end', async () => {
  await assert.rejects(get('down'), failed(/leads to http:.*where an update is not fetched from/));
  await assert.rejects(get('round'), failed(/more than 10 redirects/));
  assert.equal(seen.length, 11);
});
