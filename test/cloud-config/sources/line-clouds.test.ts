// Clouds in EC2's old form: Exoscale, CloudStack and Alibaba.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alibabaSource } from '../../../src/cloud-config/sources/alibaba.ts';
import { cloudStackSource, dhcpServer } from '../../../src/cloud-config/sources/cloudstack.ts';
import { exoscaleSource } from '../../../src/cloud-config/sources/exoscale.ts';
import type { Source } from '../../../src/cloud-config/sources/source.ts';
import { scratch } from './scratch.ts';
import { answer, notFound, ok, quick, serve } from './serve.ts';

const { signal } = new AbortController();
const config = '#cloud-config\n';
const userData = async (source: Source) => Buffer.from(await source.userData(signal)).toString('utf8');

test('Exoscale', async () => {
  const documents: Readonly<Record<string, string>> = {
    '/1.0/user-data': config,
    '/1.0/meta-data/': 'instance-id\nlocal-hostname\npublic-keys\n',
    '/1.0/meta-data/instance-id': 'b7f1d2c4',
    '/1.0/meta-data/local-hostname': 'exo-1\n',
    '/1.0/meta-data/local-ipv4': '203.0.113.20',
    '/1.0/meta-data/public-ipv4': '203.0.113.20',
    '/1.0/meta-data/public-keys': 'ssh-ed25519 AAAA a\nssh-rsa BBBB b\n',
  };
  await using server = await serve(({ method, path }) => {
    if (method === 'PUT') return answer('405 Method Not Allowed');
    const found = documents[path];
    return found === undefined ? notFound() : ok(found);
  });
  const source = exoscaleSource(server.base, quick);
  assert.equal(await source.available(signal), true);
  assert.equal(await userData(source), config);
  assert.deepEqual(await source.metadata(signal), {
    hostname: 'exo-1',
    instanceId: 'b7f1d2c4',
    sshKeys: ['ssh-ed25519 AAAA a', 'ssh-rsa BBBB b'],
    addresses: { private_ipv4: '203.0.113.20', public_ipv4: '203.0.113.20' },
  });
});

test('Alibaba, hardened: with its own tokens; keys as a listing', async () => {
  const documents: Readonly<Record<string, string>> = {
    '/2016-01-01/user-data': config,
    '/2016-01-01/meta-data/': 'eipv4\nhostname\ninstance-id\nprivate-ipv4\npublic-keys/\n',
    '/2016-01-01/meta-data/eipv4': '203.0.113.30',
    '/2016-01-01/meta-data/hostname': 'iZ-1',
    '/2016-01-01/meta-data/instance-id': 'i-bp1',
    '/2016-01-01/meta-data/private-ipv4': '192.168.0.5',
    '/2016-01-01/meta-data/public-keys': '0=skp-1',
    '/2016-01-01/meta-data/public-keys/0/openssh-key': 'ssh-rsa AAAA a',
  };
  await using server = await serve(({ method, path, headers }) => {
    if (method === 'PUT') {
      const asked = path === '/latest/api/token' && headers['x-aliyun-ecs-metadata-token-ttl-seconds'];
      return asked === '21600' ? ok('secret') : answer('400 Bad Request');
    }
    if (headers['x-aliyun-ecs-metadata-token'] !== 'secret') return answer('403 Forbidden');
    const found = documents[path];
    return found === undefined ? notFound() : ok(found);
  });
  const source = alibabaSource(server.base, quick);
  assert.equal(await source.available(signal), true);
  assert.equal(await userData(source), config);
  assert.deepEqual(await source.metadata(signal), {
    hostname: 'iZ-1',
    instanceId: 'i-bp1',
    sshKeys: ['ssh-rsa AAAA a'],
    addresses: { private_ipv4: '192.168.0.5', public_ipv4: '203.0.113.30' },
  });
});

test('CloudStack: the DHCP server of the lease, whoever keeps it', async () => {
  await using machine = await scratch();
  const waiting = cloudStackSource('dhcp', quick, machine.path);
  assert.equal(await waiting.available(signal), false);
  assert.match(waiting.whyNot?.() ?? '', /no lease names the DHCP server/);
  await machine.write(
    'var/lib/dhcp/dhclient.leases',
    'lease {\n  option dhcp-server-identifier 192.0.2.1;\n}\nlease {\n  option dhcp-server-identifier 192.0.2.2;\n}\n',
  );
  assert.equal(dhcpServer(machine.path), '192.0.2.2');
  await machine.write('run/systemd/netif/leases/2', 'ADDRESS=10.1.1.5\nSERVER_ADDRESS=10.1.1.1\n');
  assert.equal(dhcpServer(machine.path), '10.1.1.1');
});

test('CloudStack: what the virtual router gives', async () => {
  const documents: Readonly<Record<string, string>> = {
    '/latest/user-data': config,
    '/latest/meta-data/': 'service-offering\nlocal-ipv4\nlocal-hostname\ninstance-id\npublic-keys\n',
    '/latest/meta-data/instance-id': '7b2a',
    '/latest/meta-data/local-hostname': 'VM-7b2a',
    '/latest/meta-data/local-ipv4': '10.1.1.5',
    '/latest/meta-data/public-ipv4': 'not an address',
    '/latest/meta-data/public-keys': '\n',
  };
  await using server = await serve(({ path }) => {
    const found = documents[path];
    return found === undefined ? notFound() : ok(found);
  });
  const source = cloudStackSource(server.base, quick);
  assert.equal(await source.available(signal), true);
  assert.equal(await userData(source), config);
  const { warnings, ...rest } = await source.metadata(signal);
  assert.deepEqual(rest, {
    hostname: 'VM-7b2a',
    instanceId: '7b2a',
    sshKeys: [],
    addresses: { private_ipv4: '10.1.1.5' },
  });
  assert.match(warnings?.join() ?? '', /public-ipv4 is not an IPv4 address: "not an address"/);
});
