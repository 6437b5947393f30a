// The HTTP client against a server that misbehaves as real ones do.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  fetchDocument,
  fetchOptional,
  fetchOptionalJson,
  probe,
  usualPauseMs,
  webUrl,
} from '../../../src/cloud-config/sources/http.ts';
import { proxyFor } from '../../../src/cloud-config/sources/proxy.ts';
import { answer, notFound, ok, quick, serve } from './serve.ts';

const { signal } = new AbortController();
const options = { ...quick, signal };
const config = '#cloud-config\n';

test('a 5xx is tried again, a 4xx is final, or none', async () => {
  await using server = await serve(({ path }) => {
    if (path === '/gone') return notFound();
    return server.asked.length < 3 ? answer('503 Slow Down') : ok(config);
  });
  assert.equal(String(await fetchDocument(`${server.base}/x`, options)), config);
  assert.equal(server.asked.length, 3);
  await assert.rejects(fetchDocument(`${server.base}/gone`, options), /\/gone answered 404 Not Found\./);
  assert.equal(await fetchOptional(`${server.base}/gone`, options), undefined);
  assert.equal(server.asked.length, 5);
});

test('the pauses are those of the original, and so is the number of tries', async () => {
  await using server = await serve(() => answer('500 Internal Server Error'));
  const pauses: number[] = [];
  const pauseMs = (attempt: number) => {
    pauses.push(attempt);
    return 0;
  };
  const failed = fetchDocument(server.base, { signal, pauseMs });
  await assert.rejects(failed, /could not be fetched in 15 tries: answered 500 Internal Server Error\./);
  assert.equal(server.asked.length, 15);
  assert.deepEqual(pauses, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  const usual = [100, 200, 400, 800, 1600, 3200, ...Array<number>(8).fill(5000)];
  assert.deepEqual(pauses.map(usualPauseMs), usual);
});

test('a refused connection and a stall are tried again and named', async () => {
  await assert.rejects(fetchDocument('http://127.0.0.1:9/', options), /in 3 tries: connect ECONNREFUSED/);
  await using server = await serve(({ path }) =>
    path === '/silent' ? undefined : server.asked.length > 1 ? ok(config) : 'HTTP/1.1 200 OK\r\n',
  );
  assert.equal(String(await fetchDocument(`${server.base}/headers-cut-off`, options)), config);
  const stalled = fetchDocument(`${server.base}/silent`, { ...options, timeoutMs: 100 });
  await assert.rejects(stalled, /in 3 tries: no whole answer within 0\.1 s\./);
});

test('a body cut off is no body, whatever tells its length', async () => {
  const packed = gzipSync(config.repeat(50));
  const cut: Record<string, string | Uint8Array> = {
    '/length': `HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n${config}`,
    '/chunks': `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n${config}`,
    '/gzip': ok(packed.subarray(0, -9), { 'Content-Encoding': 'gzip' }),
    '/not-gzip': ok(config, { 'Content-Encoding': 'gzip' }),
  };
  await using server = await serve(({ path }) => (server.asked.length % 2 === 1 ? cut[path] : ok(path)));
  for (const path of Object.keys(cut)) {
    assert.equal(String(await fetchDocument(`${server.base}${path}`, options)), path);
  }
  assert.equal(server.asked.length, 8);
});

test('gzip of the transport is unpacked, that of the document is not', async () => {
  const packed = gzipSync(config);
  await using server = await serve(({ path }) =>
    path === '/transport' ? ok(packed, { 'Content-Encoding': 'gzip' }) : ok(packed),
  );
  assert.equal(String(await fetchDocument(`${server.base}/transport`, options)), config);
  assert.deepEqual(Buffer.from(await fetchDocument(`${server.base}/document`, options)), packed);
});

test('small services may be lax about the protocol', async () => {
  const lax: Record<string, string> = {
    '/lf': `HTTP/1.1 200 OK\nContent-Length: ${config.length}\n\n${config}`,
    '/old': `HTTP/1.0 200 OK\r\n\r\n${config}`,
    '/two-lengths': `HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\ne\r\n${config}\r\n0\r\n\r\n`,
    '/no-reason': `HTTP/1.1 200\r\nContent-Length: ${config.length}\r\n\r\n${config}`,
  };
  await using server = await serve(({ path }) => lax[path]);
  for (const path of Object.keys(lax)) {
    assert.equal(String(Buffer.from(await fetchDocument(server.base + path, options))), config, path);
  }
});

test('size is bounded, packed or not, and not tried again', async () => {
  const headers = { 'Content-Encoding': 'gzip' };
  await using server = await serve(({ path }) =>
    path === '/packed' ? ok(gzipSync('a'.repeat(5000)), headers) : ok('a'.repeat(5000)),
  );
  for (const path of ['/plain', '/packed']) {
    const fetched = fetchDocument(`${server.base}${path}`, { ...options, maxBytes: 4096 });
    await assert.rejects(fetched, /larger than 4 KiB/);
  }
  assert.equal(server.asked.length, 2);
});

test('ten redirects are followed, tokens stay with their host', async () => {
  const to = (location: string, status = '302 Found') => answer(status, '', { Location: location });
  await using other = await serve(() => ok(config));
  await using server = await serve(({ path }) => {
    const left = Number(path.slice(1));
    if (path === '/loop') return to('/loop', '307 Temporary Redirect');
    if (path === '/file') return to('file:///etc/passwd');
    if (path === '/nowhere') return answer('302 Found');
    if (path === '/away') return to(`${other.base.replace('127.0.0.1', 'localhost')}/x`);
    return left > 0
      ? to(`/${left - 1}`, left % 2 ? '301 Moved Permanently' : '308 Permanent Redirect')
      : ok(config);
  });
  assert.equal(String(await fetchDocument(`${server.base}/10`, options)), config);
  assert.equal(server.asked.length, 11);
  await assert.rejects(
    fetchDocument(`${server.base}/loop`, options),
    /\/loop: redirected more than 10 times/,
  );
  await assert.rejects(
    fetchDocument(`${server.base}/file`, options),
    /redirected to "file:\/\/\/etc\/passwd"/,
  );
  await assert.rejects(fetchDocument(`${server.base}/nowhere`, options), /answered 302 Found/);
  const headers = { 'X-Aws-Ec2-Metadata-Token': 'secret', 'Metadata-Flavor': 'Google' };
  assert.equal(String(await fetchDocument(`${server.base}/away`, { ...options, headers })), config);
  assert.equal(other.asked[0]?.headers['x-aws-ec2-metadata-token'], undefined);
  assert.equal(other.asked[0]?.headers['metadata-flavor'], 'Google');
});

test('JSON that is none is named with its URL', async () => {
  await using server = await serve(({ path }) => ok(path === '/empty' ? ' \n' : '<html>'));
  assert.equal(await fetchOptionalJson(`${server.base}/empty`, options), undefined);
  await assert.rejects(fetchOptionalJson(`${server.base}/page`, options), /\/page is not JSON/);
});

test('a probe asks once and tells why not', async () => {
  await using server = await serve(() => answer('503 Slow Down'));
  const result = await probe(`${server.base}/`, options);
  assert.deepEqual(result, { reason: `${server.base}/ answered 503 Slow Down`, status: 503 });
  assert.equal(server.asked.length, 1);
  assert.deepEqual(await probe('http://u:p@127.0.0.1:9/', options), {
    reason: 'http://u:***@127.0.0.1:9/: connect ECONNREFUSED 127.0.0.1:9',
  });
});

test('what is not a web address is refused before anything is asked', () => {
  for (const text of ['', 'example.com/x', 'ftp://x/', 'file:///x', 'http//x']) {
    assert.throws(() => webUrl(text), /is not an http or https URL/);
  }
});

test('proxies are those of the environment, never for what is near', () => {
  const http = {
    HTTP_PROXY: 'proxy:3128',
    NO_PROXY: 'a.test, .b.test,10.0.0.0/8,c.test:81,[2001:db8::1]:80,*.d.test',
  };
  const through = (url: string, environment: NodeJS.ProcessEnv = http) =>
    proxyFor(new URL(url), environment)?.href;
  for (const url of [
    'http://x.test/',
    'http://b.test/',
    'http://c.test/',
    'http://xa.test/',
    'http://11.0.0.1/',
  ]) {
    assert.equal(through(url), 'http://proxy:3128/', url);
  }
  const direct = [
    'http://a.test/',
    'http://x.a.test/',
    'http://x.b.test/',
    'http://10.1.2.3/',
    'http://c.test:81/',
  ];
  direct.push('http://[2001:db8::1]/', 'http://x.d.test/', 'https://x.test/', 'http://127.0.0.1/');
  direct.push('http://localhost/', 'http://[::1]/', 'http://169.254.169.254/', 'http://[fd00:ec2::254]/');
  direct.push('http://metadata.google.internal/', 'http://[fe80::1]/');
  for (const url of direct) assert.equal(through(url), undefined, url);
  assert.equal(through('https://x/', { https_proxy: 'http://p' }), 'http://p/');
  assert.equal(through('http://x/', { HTTP_PROXY: 'p', NO_PROXY: '*' }), undefined);
  assert.throws(() => through('http://x/', { HTTP_PROXY: 'socks5://p' }), /HTTP_PROXY does not hold/);
});

test('a proxy is asked for the whole URL', async (context) => {
  await using proxy = await serve(() => ok(config));
  const before = process.env['HTTP_PROXY'];
  process.env['HTTP_PROXY'] = proxy.base;
  context.after(() => {
    if (before === undefined) delete process.env['HTTP_PROXY'];
    else process.env['HTTP_PROXY'] = before;
  });
  assert.equal(String(await fetchDocument('http://config.test/a?b', options)), config);
  assert.deepEqual(proxy.paths(), ['GET http://config.test/a?b']);
});
