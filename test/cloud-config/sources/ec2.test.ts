// EC2's metadata service with and without session tokens, and services of others in its form.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ec2Source } from '../../../src/cloud-config/sources/ec2.ts';
import { type Asked, answer, notFound, ok, quick, serve } from './serve.ts';

const { signal } = new AbortController();
const config = '#cloud-config\nhostname: a\n';

const documents: Readonly<Record<string, string>> = {
  '': 'dynamic\nmeta-data\nuser-data',
  'user-data': config,
  'meta-data/public-keys': '0=first key\n1=second',
  'meta-data/public-keys/0/openssh-key': 'ssh-ed25519 AAAA first\n',
  'meta-data/public-keys/1/openssh-key': 'ssh-rsa BBBB second\nleft aside',
  'meta-data/hostname': 'ip-10-0-0-1.ec2.internal other.name',
  'meta-data/instance-id': 'i-0123456789abcdef0',
  'meta-data/local-ipv4': '10.0.0.1',
  'meta-data/public-ipv4': '203.0.113.7',
  'meta-data/ipv6': '2001:db8::7',
};

const all = {
  hostname: 'ip-10-0-0-1.ec2.internal',
  sshKeys: ['ssh-ed25519 AAAA first', 'ssh-rsa BBBB second'],
  instanceId: 'i-0123456789abcdef0',
  addresses: { private_ipv4: '10.0.0.1', public_ipv4: '203.0.113.7', public_ipv6: '2001:db8::7' },
};

/** The service of one version, without tokens. */
function document({ path }: Asked, version: string, changes: Readonly<Record<string, string>> = {}) {
  if (!path.startsWith(`/${version}/`)) return notFound();
  const name = path.slice(version.length + 2);
  const body = { ...documents, ...changes }[name];
  return body === undefined ? notFound() : ok(body);
}

test('a service that wants tokens gets one, and a new one when the old is refused', async () => {
  let tokens = 0;
  await using server = await serve((asked) => {
    if (asked.path === '/latest/api/token') {
      if (asked.method !== 'PUT') return answer('405 Method Not Allowed');
      if (asked.headers['x-aws-ec2-metadata-token-ttl-seconds'] !== '21600') return answer('400 Bad Request');
      return ok(`TOKEN-${++tokens}==`);
    }
    // The first token is good for one question only.
    const held = asked.headers['x-aws-ec2-metadata-token'];
    const spent = held === 'TOKEN-1==' && !asked.path.endsWith('2021-03-23/');
    if (held === undefined || spent) return answer('401 Unauthorized');
    return document(asked, '2021-03-23');
  });
  const source = ec2Source(server.base, quick);
  assert.equal(await source.available(signal), true);
  assert.equal(String(Buffer.from(await source.userData(signal))), config);
  assert.deepEqual(await source.metadata(signal), all);
  assert.equal(tokens, 2);
});

for (const refusal of ['403 Forbidden', '404 Not Found', '405 Method Not Allowed', '501 Not Implemented']) {
  test(`a service whose token endpoint answers ${refusal} is asked without`, async () => {
    await using server = await serve((asked) =>
      asked.method === 'PUT' ? answer(refusal) : document(asked, '2009-04-04'),
    );
    const source = ec2Source(`${server.base}/`, quick);
    assert.equal(await source.available(signal), true);
    assert.deepEqual(await source.metadata(signal), all);
    assert.equal(server.asked.filter(({ method }) => method === 'PUT').length, 1);
    assert.ok(server.asked.every(({ headers }) => headers['x-aws-ec2-metadata-token'] === undefined));
  });
}

test('a token that first comes to nothing is asked for again when it is missed', async () => {
  await using server = await serve((asked) => {
    if (asked.method === 'PUT') return server.asked.length === 1 ? answer('503 Slow Down') : ok('TOKEN');
    return asked.headers['x-aws-ec2-metadata-token'] === 'TOKEN'
      ? document(asked, '2021-03-23')
      : answer('401 Unauthorized');
  });
  const source = ec2Source(server.base, quick);
  assert.equal(await source.available(signal), true);
  assert.deepEqual(await source.metadata(signal), all);
});

test('a token that could not be had for one question is asked for again by the next', async () => {
  let puts = 0;
  await using server = await serve((asked) => {
    // The offered token, and then all tries of the first question, come to nothing.
    if (asked.method === 'PUT') return ++puts <= 1 + quick.tries ? answer('503 Slow Down') : ok('TOKEN');
    return asked.headers['x-aws-ec2-metadata-token'] === 'TOKEN' || asked.path === '/2021-03-23/'
      ? document(asked, '2021-03-23')
      : answer('401 Unauthorized');
  });
  const source = ec2Source(server.base, quick);
  assert.equal(await source.available(signal), true);
  await assert.rejects(source.userData(signal), /\/latest\/api\/token could not be fetched in 3 tries/);
  assert.deepEqual(await source.metadata(signal), all);
});

test('without any token a service that wants one is not available, and says so', async () => {
  await using server = await serve(({ method }) =>
    answer(method === 'PUT' ? '403 Forbidden' : '401 Unauthorized'),
  );
  const source = ec2Source(server.base, quick);
  assert.equal(await source.available(signal), false);
  assert.match(source.whyNot?.() ?? '', /\/latest\/ answered 401 Unauthorized$/);
  await assert.rejects(source.userData(signal), /\/latest\/api\/token answered 403 Forbidden/);
});

test('missing keys are no error', async () => {
  await using server = await serve((asked) =>
    ['/2009-04-04/', '/2009-04-04/meta-data/public-keys'].includes(asked.path)
      ? document(asked, '2009-04-04', { 'meta-data/public-keys': '' })
      : notFound(),
  );
  const source = ec2Source(server.base, quick);
  assert.equal(await source.available(signal), true);
  assert.equal((await source.userData(signal)).length, 0);
  assert.deepEqual(await source.metadata(signal), { sshKeys: [], addresses: {} });
});

test('what fails or is wrong is told, and the rest counts', async () => {
  await using server = await serve((asked) => {
    if (asked.path.endsWith('/hostname')) return answer('500 Internal Server Error');
    if (asked.path.endsWith('/instance-id')) return answer('403 Forbidden');
    return document(asked, '2009-04-04', {
      'meta-data/public-keys': '0=first\n<html>\n',
      'meta-data/public-ipv4': '<html>\n',
    });
  });
  const source = ec2Source(server.base, quick);
  assert.equal(await source.available(signal), true);
  const metadata = await source.metadata(signal);
  const base = `${server.base}/2009-04-04/meta-data`;
  assert.deepEqual(metadata.sshKeys, ['ssh-ed25519 AAAA first']);
  assert.equal(metadata.hostname, undefined);
  assert.deepEqual(metadata.addresses, { private_ipv4: '10.0.0.1', public_ipv6: '2001:db8::7' });
  assert.deepEqual(metadata.problems?.toSorted(), [
    `${base}/hostname could not be fetched in 3 tries: answered 500 Internal Server Error.`,
    `${base}/public-keys has a line that is not ID=NAME: "<html>".`,
  ]);
  assert.deepEqual(metadata.warnings, [
    `${base}/instance-id answered 403 Forbidden; it counts as empty.`,
    `${base}/public-ipv4 is not an IPv4 address: "<html>".`,
  ]);
});

test('a service that has nothing but its latest version is asked for that', async () => {
  await using server = await serve((asked) => document(asked, 'latest'));
  const source = ec2Source(server.base, quick);
  assert.equal(await source.available(signal), true);
  assert.deepEqual(await source.metadata(signal), all);
});

test('a service in between two versions is asked in the best it has', async () => {
  await using server = await serve((asked) => document(asked, '2016-09-02'));
  const source = ec2Source(server.base, quick);
  assert.equal(await source.available(signal), true);
  assert.equal(String(Buffer.from(await source.userData(signal))), config);
  assert.deepEqual(
    server.paths().filter((path) => path.startsWith('GET')),
    ['GET /2021-03-23/', 'GET /2018-09-24/', 'GET /2016-09-02/', 'GET /2016-09-02/user-data'],
  );
});

test('where IPv4 does not answer, the address in IPv6 does', async () => {
  await using server = await serve((asked) => document(asked, '2021-03-23'));
  const source = ec2Source('http://127.0.0.1:9', quick, { 'http://127.0.0.1:9/': `${server.base}/` });
  assert.equal(await source.available(signal), true);
  assert.deepEqual(await source.metadata(signal), all);
  const nowhere = ec2Source('http://127.0.0.1:9', quick, { 'http://127.0.0.1:9/': 'http://[::1]:9/' });
  assert.equal(await nowhere.available(signal), false);
  assert.match(nowhere.whyNot?.() ?? '', /^http:\/\/127\.0\.0\.1:9\/.*; http:\/\/\[::1\]:9\//);
});

test('a root that is no URL is refused', () => {
  assert.throws(() => ec2Source('169.254.169.254', quick), /is not an http or https URL/);
});
