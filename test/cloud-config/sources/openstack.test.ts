// OpenStack: the config drive and the metadata service.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { configDriveSource } from '../../../src/cloud-config/sources/config-drive.ts';
import { openStackSource } from '../../../src/cloud-config/sources/openstack-http.ts';
import { answer, notFound, ok, quick, serve } from './serve.ts';

const { signal } = new AbortController();
const config = '#cloud-config\nhostname: a\n';
const networkData = { links: [{ id: 'tap1', type: 'ovs' }], networks: [], services: [] };
const interfaces = 'auto eth0\niface eth0 inet dhcp\n';

const documents: Readonly<Record<string, string>> = {
  'latest/user_data': config,
  'latest/meta_data.json': JSON.stringify({
    uuid: '83679162-1378-4288-a2d4-70e13ec132aa',
    hostname: 'test.novalocal',
    name: 'test',
    public_keys: { mykey: 'ssh-rsa AAAA Generated-by-Nova\n', other: 'ssh-ed25519 BBBB' },
    keys: [{ name: 'mykey', type: 'ssh', data: 'ssh-rsa AAAA Generated-by-Nova\n' }],
    network_config: { name: 'network_config', content_path: '/content/0000' },
  }),
  'latest/network_data.json': JSON.stringify(networkData),
  'latest/vendor_data.json': JSON.stringify({ 'cloud-init': '#cloud-config\nusers: []\n', other: 1 }),
  'latest/vendor_data2.json': JSON.stringify({ static: {}, 'cloud-init': ['#!/bin/sh\n', ''] }),
  'content/0000': interfaces,
};

const known = (name: (path: string) => string) => ({
  hostname: 'test.novalocal',
  instanceId: '83679162-1378-4288-a2d4-70e13ec132aa',
  sshKeys: ['ssh-rsa AAAA Generated-by-Nova', 'ssh-ed25519 BBBB'],
  network: [
    { form: 'openstack', data: networkData, location: name('latest/network_data.json') },
    { form: 'debian', data: interfaces, location: name('content/0000') },
  ],
});

async function drive(files: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'cloud-config-'));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, 'openstack', path)), { recursive: true });
    await writeFile(join(folder, 'openstack', path), content);
  }
  return {
    folder,
    source: configDriveSource(folder),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const texts = (bodies: readonly Uint8Array[] = []) => bodies.map((body) => String(Buffer.from(body)));

test('everything of a config drive', async () => {
  await using made = await drive(documents);
  const { source, folder } = made;
  assert.equal(await source.available(signal), true);
  assert.equal(String(Buffer.from(await source.userData(signal))), config);
  assert.deepEqual(texts(await source.vendorData?.(signal)), ['#cloud-config\nusers: []\n', '#!/bin/sh\n']);
  const name = (path: string) => join(folder, 'openstack', path);
  assert.deepEqual(await source.metadata(signal), { ...known(name), addresses: {} });
});

test('a config drive may lack everything', async () => {
  await using made = await drive({ 'latest/meta_data.json': '' });
  assert.equal((await made.source.userData(signal)).length, 0);
  assert.deepEqual(await made.source.vendorData?.(signal), []);
  assert.deepEqual(await made.source.metadata(signal), { sshKeys: [], addresses: {} });
  assert.equal(await configDriveSource(`${made.folder}/none`).available(signal), false);
});

test('what is broken on a drive is told by its path, and the rest counts', async () => {
  const meta = (content_path: string) =>
    JSON.stringify({ hostname: 'h', public_keys: { a: 'k', b: 2 }, network_config: { content_path } });
  for (const [files, problem] of [
    [{ 'latest/meta_data.json': '{' }, /openstack\/latest\/meta_data\.json is not JSON: /],
    [{ 'latest/meta_data.json': '[]' }, /meta_data\.json does not hold a JSON object\.$/],
    [{ 'latest/network_data.json': '<xml>' }, /network_data\.json is not JSON/],
    [{ 'latest/meta_data.json': meta('/content/../../../etc/shadow') }, /leads elsewhere/],
    [{ 'latest/meta_data.json': meta('content/0009') }, /openstack\/content\/0009, .* is not there\.$/],
  ] as const) {
    await using made = await drive({ ...documents, ...files });
    const { problems = [], ...metadata } = await made.source.metadata(signal);
    assert.equal(problems.length, 1, String(problem));
    assert.match(problems[0] ?? '', problem);
    const broken = 'latest/meta_data.json' in files && files['latest/meta_data.json'].length < 3;
    assert.ok(broken ? metadata.network !== undefined : metadata.hostname !== undefined);
  }
});

test('the service has the same documents, and addresses in the part that is like EC2', async () => {
  await using server = await serve(({ path }) => {
    if (path === '/latest/meta-data/local-ipv4') return ok('10.0.0.3');
    if (path === '/latest/meta-data/public-ipv4') return ok('203.0.113.9');
    const body = documents[path.replace('/openstack/', '')];
    return body === undefined ? notFound() : ok(body, { 'Content-Type': 'application/json' });
  });
  const source = openStackSource(`${server.base}//`, quick);
  assert.equal(await source.available(signal), true);
  assert.equal(String(Buffer.from(await source.userData(signal))), config);
  assert.deepEqual(texts(await source.vendorData?.(signal)), ['#cloud-config\nusers: []\n', '#!/bin/sh\n']);
  assert.deepEqual(await source.metadata(signal), {
    ...known((path) => `${server.base}/openstack/${path}`),
    addresses: { private_ipv4: '10.0.0.3', public_ipv4: '203.0.113.9' },
  });
});

test('a service without the newer documents and without EC2 lacks only these', async () => {
  await using server = await serve(({ path }) => {
    if (path === '/openstack/latest/meta_data.json') return ok('{"hostname":"h"}');
    return path.startsWith('/latest/') ? answer('500 Internal Server Error') : notFound();
  });
  const source = openStackSource(server.base, quick);
  assert.equal(await source.available(signal), true);
  assert.equal((await source.userData(signal)).length, 0);
  const metadata = await source.metadata(signal);
  assert.equal(metadata.hostname, 'h');
  assert.equal(metadata.problems, undefined);
  assert.equal(metadata.warnings?.length, 2);
});
