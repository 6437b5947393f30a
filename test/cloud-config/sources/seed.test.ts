// Seeds: NoCloud in a folder and below a URL, fw_cfg, SMBIOS, systemd's credentials, LXD.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { credentialsSource } from '../../../src/cloud-config/sources/credentials.ts';
import { fwCfgSource } from '../../../src/cloud-config/sources/fw-cfg.ts';
import { lxdSource } from '../../../src/cloud-config/sources/lxd.ts';
import { metaDataOf } from '../../../src/cloud-config/sources/meta-data.ts';
import { noCloudSettings, noCloudSource } from '../../../src/cloud-config/sources/nocloud.ts';
import { smbiosSource, stringsOfStructure } from '../../../src/cloud-config/sources/smbios.ts';
import type { Source } from '../../../src/cloud-config/sources/source.ts';
import { scratch } from './scratch.ts';
import { notFound, ok, serve } from './serve.ts';

const { signal } = new AbortController();
const userData = async (source: Source) => Buffer.from(await source.userData(signal)).toString('utf8');
const key = 'ssh-ed25519 AAAA me';

const metaData = `instance-id: 0123e4
local-hostname: n1
public-keys:
  0: {openssh-key: "${key}"}
network-interfaces: |
  auto eth0
`;
const networkConfig = 'network:\n  version: 2\n  ethernets:\n    my-eth: {set-name: a-b, dhcp4: yes}\n';

test('a NoCloud folder gives all four documents, keys and id as written', async () => {
  await using folder = await scratch({ 'vendor-data': 'x' });
  const source = noCloudSource(folder.path);
  assert.equal(await source.available(signal), false);
  await folder.write('meta-data', metaData);
  await folder.write('network-config', networkConfig);
  assert.equal(await source.available(signal), true);
  assert.equal(await userData(source), '');
  await folder.write('user-data', '#cloud-config\n');
  assert.equal(await userData(source), '#cloud-config\n');
  assert.deepEqual((await source.vendorData?.(signal))?.map(String), ['x']);
  assert.deepEqual(await source.metadata(signal), {
    sshKeys: [key],
    addresses: {},
    hostname: 'n1',
    instanceId: '0123e4',
    network: [
      {
        form: 'cloud-init-v2',
        data: { version: 2, ethernets: { 'my-eth': { 'set-name': 'a-b', dhcp4: true } } },
        location: `network-config of ${folder.path}`,
      },
      { form: 'debian', data: 'auto eth0\n', location: `meta-data of ${folder.path}` },
    ],
  });
});

test('meta-data may be JSON, have keys in each form, and says where it is wrong', async () => {
  const of = (text: string) => metaDataOf(Buffer.from(text), 'here');
  assert.deepEqual(await of('{"instance-id": "i", "public-keys": ["a", "b\\nc\\n"]}'), {
    sshKeys: ['a', 'b', 'c'],
    addresses: {},
    instanceId: 'i',
  });
  assert.deepEqual((await of('public-keys: "k1\\n# note\\nk2"')).sshKeys, ['k1', 'k2']);
  assert.deepEqual((await of('public_keys: {one: k1, two: [k2, k1]}')).sshKeys, ['k1', 'k2']);
  assert.equal((await of('local-hostname: a\nhostname: b')).hostname, 'a');
  assert.deepEqual(await of(''), { sshKeys: [], addresses: {} });
  const packed = Buffer.from(networkConfig).toString('base64');
  const network = async (text: string) => (await of(text)).network?.map(({ form }) => form);
  assert.deepEqual(await network(`network: ${packed}\nnetwork.encoding: base64`), ['cloud-init-v2']);
  assert.deepEqual(await network('network: {version: 1, config: []}'), ['cloud-init-v1']);
  const half = await of('hostname: a\nnetwork: "?"\nnetwork.encoding: base64');
  assert.equal(half.hostname, 'a');
  assert.match(half.problems?.join() ?? '', /network in here cannot be decoded/);
  await assert.rejects(of('a: b: c'), /here cannot be read: .* in line 1/);
  await assert.rejects(of('- a'), /not a map/);
  await assert.rejects(metaDataOf(Buffer.from([0xff]), 'here'), /not UTF-8/);
});

test('what ds= says', () => {
  assert.deepEqual(noCloudSettings('nocloud;s=http://a/b;h=name;i=id'), {
    seedFrom: 'http://a/b',
    hostname: 'name',
    instanceId: 'id',
  });
  assert.deepEqual(noCloudSettings('ds=nocloud-net;seedfrom=/x'), { seedFrom: '/x' });
  assert.equal(noCloudSettings('ec2'), undefined);
  assert.throws(() => noCloudSource('relative'), /no folder and no URL/);
});

test('a NoCloud URL is a folder, or the beginning of a query; ds= wins over meta-data', async () => {
  await using server = await serve(({ path }) => {
    if (path === '/seed/user-data' || path === '/q?doc=user-data') return ok('#!/bin/sh\n');
    return path === '/seed/meta-data' ? ok(metaData) : notFound();
  });
  const source = noCloudSource(`ds=nocloud;s=${server.base}/seed;h=mine`);
  assert.equal(await source.available(signal), true);
  assert.equal(await userData(source), '#!/bin/sh\n');
  const { hostname, instanceId } = await source.metadata(signal);
  assert.deepEqual({ hostname, instanceId }, { hostname: 'mine', instanceId: '0123e4' });
  assert.equal(await userData(noCloudSource(`${server.base}/q?doc=`)), '#!/bin/sh\n');
  const none = noCloudSource(`${server.base}/none/`);
  assert.equal(await none.available(signal), false);
  assert.match(none.whyNot?.() ?? '', /meta-data answered 404 .*user-data answered 404/);
  assert.equal(await noCloudSource('http://127.0.0.1:9/').available(signal), false);
});

test('fw_cfg: our name counts before those of the images we follow', async () => {
  await using folder = await scratch();
  const none = fwCfgSource(folder.path);
  assert.equal(await none.available(signal), false);
  assert.equal(none.mayAppear, false);
  await folder.write('opt/com.coreos/config/raw', '{"ignition":{"version":"3.0.0"}}');
  assert.match(await userData(fwCfgSource(folder.path)), /ignition/);
  await folder.write('opt/org.flatcar-linux/config/raw', 'flatcar');
  assert.equal(await userData(fwCfgSource(folder.path)), 'flatcar');
  await folder.write('opt/keelson/cloud-config/raw', '#cloud-config\n');
  await folder.write('opt/keelson/meta-data/raw', 'local-hostname: q');
  const source = fwCfgSource(folder.path);
  assert.equal(await source.available(signal), true);
  assert.equal(await userData(source), '#cloud-config\n');
  assert.equal((await source.metadata(signal)).hostname, 'q');
});

/** A structure of type 11 as the kernel shows it: header, number of strings, the strings. */
function oemStrings(...strings: string[]): Buffer {
  const header = Buffer.from([11, 5, 0, 0x0b, strings.length]);
  return Buffer.concat([header, Buffer.from(`${strings.map((text) => `${text}\0`).join('')}\0`)]);
}

test('SMBIOS: credentials in strings of type 11', async () => {
  const packed = Buffer.from('#cloud-config\nhostname: ü\n').toString('base64');
  await using folder = await scratch({
    '1-0/raw': 'x',
    '11-0/raw': oemStrings('Default string', `io.systemd.credential.binary:keelson.cloud-config=${packed}`),
    '11-1/raw': oemStrings(
      'io.systemd.credential:keelson.cloud-config=second',
      `io.systemd.credential:ssh.authorized_keys.root=${key}\n`,
      'io.systemd.credential:system.hostname=h=1',
    ),
  });
  const source = smbiosSource(folder.path);
  assert.equal(await source.available(signal), true);
  assert.equal(await userData(source), '#cloud-config\nhostname: ü\n');
  assert.deepEqual(await source.metadata(signal), { sshKeys: [key], addresses: {}, hostname: 'h=1' });
  assert.equal(await smbiosSource(join(folder.path, 'none')).available(signal), false);
  await using broken = await scratch({
    '11-0/raw': oemStrings('io.systemd.credential.binary:keelson.user-data=?'),
  });
  await assert.rejects(userData(smbiosSource(broken.path)), /keelson\.user-data in the SMBIOS is not base64/);
  assert.deepEqual(stringsOfStructure(oemStrings('whole', 'cut').subarray(0, 13)), ['whole']);
  assert.deepEqual(stringsOfStructure(new Uint8Array()), []);
});

test('credentials: a folder of files, whose own meta-data wins over what systemd knows', async () => {
  await using folder = await scratch({ 'system.hostname': 'other', 'ssh.authorized_keys.root': '#\n' });
  assert.equal(await credentialsSource(folder.path).available(signal), false);
  await folder.write('keelson.user-data', '#cloud-config\n');
  await folder.write('keelson.meta-data', metaData);
  const source = credentialsSource(folder.path);
  assert.equal(await source.available(signal), true);
  assert.equal(await userData(source), '#cloud-config\n');
  const { hostname, sshKeys } = await source.metadata(signal);
  assert.deepEqual({ hostname, sshKeys }, { hostname: 'n1', sshKeys: [key] });
});

test('LXD: documents over its socket, the newer names before those of old', async () => {
  await using folder = await scratch();
  const socket = join(folder.path, 'sock');
  const documents: Record<string, string> = {
    '/1.0/meta-data': '#cloud-config\ninstance-id: c1\nlocal-hostname: c1\n',
    '/1.0/config/user.user-data': 'old',
  };
  const server = createServer((request, response) => {
    const found = documents[request.url ?? ''];
    response.statusCode = found === undefined ? 404 : 200;
    response.end(found ?? 'Not Found');
  });
  const source = lxdSource(socket);
  assert.equal(await source.available(signal), false);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    assert.equal(await source.available(signal), true);
    assert.equal(await userData(source), 'old');
    documents['/1.0/config/cloud-init.user-data'] = 'new';
    assert.equal(await userData(source), 'new');
    const metadata = await source.metadata(signal);
    assert.deepEqual(metadata, { sshKeys: [], addresses: {}, hostname: 'c1', instanceId: 'c1' });
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});
