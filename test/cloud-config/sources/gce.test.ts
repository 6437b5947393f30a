// The metadata service of Google Compute Engine.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gceSource } from '../../../src/cloud-config/sources/gce.ts';
import { gceKeys } from '../../../src/cloud-config/sources/gce-keys.ts';
import { answer, notFound, ok, quick, serve } from './serve.ts';

const { signal } = new AbortController();
const config = '#cloud-config\nhostname: a\n';
const now = () => Date.parse('2026-01-01T00:00:00Z');

const interfaces = 'instance/network-interfaces/0';
const usual: Readonly<Record<string, string>> = {
  '': 'instance/\noslogin/\nproject/\n',
  'instance/attributes/user-data': config,
  'instance/hostname': 'web.europe-west1-b.c.some-project.internal',
  'instance/id': '4520031799277581759',
  [`${interfaces}/ip`]: '10.132.0.2',
  [`${interfaces}/access-configs/0/external-ip`]: '203.0.113.7',
};

/** Serves those documents as Google does: not without its header. */
const google = (changes: Readonly<Record<string, string>> = {}) =>
  serve(({ path, headers }) => {
    if (headers['metadata-flavor'] !== 'Google') return answer('403 Forbidden');
    const body = { ...usual, ...changes }[path.replace('/computeMetadata/v1/', '')];
    return body === undefined ? notFound() : ok(body, { 'Metadata-Flavor': 'Google' });
  });

test('everything of a usual instance; missing keys are no error', async () => {
  await using server = await google();
  const source = gceSource(`${server.base}/`, quick, now);
  assert.equal(await source.available(signal), true);
  assert.equal(String(Buffer.from(await source.userData(signal))), config);
  assert.deepEqual(await source.metadata(signal), {
    hostname: 'web.europe-west1-b.c.some-project.internal',
    instanceId: '4520031799277581759',
    sshKeys: [],
    addresses: { public_ipv4: '203.0.113.7', private_ipv4: '10.132.0.2' },
  });
});

test('an empty address is none, another word is a problem', async () => {
  await using server = await google({
    [`${interfaces}/access-configs/0/external-ip`]: '',
    [`${interfaces}/ip`]: 'none',
  });
  const metadata = await gceSource(server.base, quick, now).metadata(signal);
  assert.deepEqual(metadata.addresses, {});
  assert.deepEqual(metadata.problems, [
    `${server.base}/computeMetadata/v1/${interfaces}/ip is not an IPv4 address: "none".`,
  ]);
});

test('user-data in base64 are decoded, others and none are left as they are', async () => {
  const attribute = 'instance/attributes/user-data';
  const read = async (changes: Readonly<Record<string, string>>) => {
    await using server = await google(changes);
    return String(Buffer.from(await gceSource(server.base, quick, now).userData(signal)));
  };
  const packed = Buffer.from(config).toString('base64');
  assert.equal(await read({ [attribute]: packed, [`${attribute}-encoding`]: 'base64\n' }), config);
  assert.equal(await read({ [attribute]: packed }), packed);
  assert.equal(await read({ [attribute]: '' }), '');
  await assert.rejects(read({ [`${attribute}-encoding`]: 'rot13' }), /-encoding is "rot13"; only base64/);
  await assert.rejects(read({ [`${attribute}-encoding`]: 'base64' }), /user-data cannot be decoded/);
});

test('keys of project and instance count, unless they are blocked or have expired', async () => {
  const own = 'core:ssh-ed25519 AAAA a\n\n';
  const project =
    'ann:ssh-rsa BBBB google-ssh {"userName":"ann@example.com","expireOn":"2025-12-04T20:12:00+0000"}\n' +
    'bob:ssh-rsa CCCC google-ssh {"userName":"bob@example.com","expireOn":"2026-12-04T20:12:00+0000"}\r\n' +
    'eve:ssh-rsa DDDD google-ssh {"expireOn":"soon"}\ncore:ssh-ed25519 AAAA a';
  const bob = 'ssh-rsa CCCC google-ssh {"userName":"bob@example.com","expireOn":"2026-12-04T20:12:00+0000"}';
  const keys = { instance: own, project, instanceOld: '', projectOld: '', block: '' };
  assert.deepEqual(gceKeys(keys, now()), ['ssh-ed25519 AAAA a', bob]);
  assert.deepEqual(gceKeys({ ...keys, block: 'TRUE\n' }, now()), ['ssh-ed25519 AAAA a']);
  assert.deepEqual(gceKeys({ ...keys, instance: '', instanceOld: 'x:ssh-rsa EEEE' }, now()), [
    'ssh-rsa EEEE',
  ]);
  await using server = await google({
    'instance/attributes/ssh-keys': own,
    'project/attributes/ssh-keys': project,
  });
  const metadata = await gceSource(server.base, quick, now).metadata(signal);
  assert.deepEqual(metadata.sshKeys, ['ssh-ed25519 AAAA a', bob]);
});
