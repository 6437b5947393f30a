// https: an authority that the operator added is trusted, and no other.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createProxy } from 'node:http';
import { createServer } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { authorities } from '../../../src/cloud-config/sources/certificates.ts';
import { fetchDocument } from '../../../src/cloud-config/sources/http.ts';
import { run } from '../../../src/host/index.ts';
import { quick } from './serve.ts';

const { signal } = new AbortController();

test('a server of an own authority is trusted when the system trusts that, also through a proxy', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'cloud-config-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:config.test'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run('openssl', [
    'req',
    '-x509',
    '-days',
    '2',
    ...curve,
    ...subject,
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  const options = { key: await readFile(key), cert: await readFile(certificate) };
  const server = createServer(options, (_, response) => response.end('#cloud-config\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const before = { ...process.env };
  context.after(() => {
    process.env = before;
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const fetched = () => fetchDocument(`https://127.0.0.1:${address.port}/`, { ...quick, signal });
  delete process.env['SSL_CERT_FILE'];
  await assert.rejects(fetched(), /could not be fetched in 3 tries: self-signed certificate/);
  process.env['SSL_CERT_FILE'] = certificate;
  assert.equal(String(Buffer.from(await fetched())), '#cloud-config\n');

  const asked: string[] = [];
  const proxy = createProxy().on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    if (asked.length === 1) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const through = connect(address.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      through.pipe(socket).pipe(through);
    });
    through.on('error', () => socket.destroy());
    socket.on('error', () => through.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  const proxyAddress = proxy.address();
  assert.ok(proxyAddress !== null && typeof proxyAddress === 'object');
  process.env['HTTPS_PROXY'] = `http://user:secret@127.0.0.1:${proxyAddress.port}`;
  const url = 'https://config.test/x';
  const refused = await fetchDocument(url, { ...quick, signal, tries: 1 }).catch((error: Error) => error);
  assert.ok(refused instanceof Error);
  assert.match(refused.message, /407 Proxy Authentication Required/);
  assert.doesNotMatch(refused.message, /secret/);
  const body = await fetchDocument(url, { ...quick, signal });
  assert.equal(String(Buffer.from(body)), '#cloud-config\n');
  assert.deepEqual(asked, ['config.test:443', 'config.test:443']);
});

test('a file without certificates is not taken for one', async () => {
  assert.equal(await authorities({ SSL_CERT_FILE: '/etc/passwd' }), undefined);
  assert.equal(await authorities({ SSL_CERT_FILE: '/nonexistent' }), undefined);
});
