// Clouds that answer in documents: Hetzner, Vultr, Oracle, Akamai, Scaleway, UpCloud.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { hetznerSource } from '../../../src/cloud-config/sources/hetzner.ts';
import { linodeSource } from '../../../src/cloud-config/sources/linode.ts';
import { oracleSource } from '../../../src/cloud-config/sources/oracle.ts';
import { scalewaySource } from '../../../src/cloud-config/sources/scaleway.ts';
import type { Source } from '../../../src/cloud-config/sources/source.ts';
import { upCloudSource } from '../../../src/cloud-config/sources/upcloud.ts';
import { vultrSource } from '../../../src/cloud-config/sources/vultr.ts';
import { type Asked, answer, notFound, ok, quick, type Script, serve } from './serve.ts';

const { signal } = new AbortController();
const config = '#cloud-config\nhostname: a\n';
const userData = async (source: Source) => Buffer.from(await source.userData(signal)).toString('utf8');
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64');
const json = (value: unknown) => ok(JSON.stringify(value), { 'Content-Type': 'application/json' });

/** Answers to paths; anything else is not found. */
const paths =
  (answers: Readonly<Record<string, (asked: Asked) => Uint8Array>>): Script =>
  (asked) =>
    answers[asked.path]?.(asked) ?? notFound();

const hetznerMetadata = `availability-zone: hel1-dc2
hostname: my-server
instance-id: 42
local-ipv4: ''
public-ipv4: 203.0.113.9
public-keys:
- ssh-ed25519 AAAA one
- ssh-rsa BBBB two
region: eu-central
network-config:
  config:
  - mac_address: 96:00:00:08:19:da
    name: eth0
    subnets:
    - dns_nameservers: [185.12.64.1]
      ipv4: true
      type: dhcp
    - address: 2001:db8:c0de:5b1c::1/64
      gateway: fe80::1
      ipv6: true
      type: static
    type: physical
  version: 1
`;

test('Hetzner: YAML, with the address of IPv6 only in the network', async () => {
  await using server = await serve(
    paths({
      '/hetzner/v1/metadata': () => ok(hetznerMetadata),
      '/hetzner/v1/userdata': () => ok(config),
      '/hetzner/v1/metadata/private-networks': () => ok('- ip: 10.0.0.2\n  alias_ips: []\n'),
    }),
  );
  const source = hetznerSource(server.base, quick);
  assert.equal(await source.available(signal), true);
  assert.equal(await userData(source), config);
  const { network, ...rest } = await source.metadata(signal);
  assert.deepEqual(rest, {
    hostname: 'my-server',
    instanceId: '42',
    sshKeys: ['ssh-ed25519 AAAA one', 'ssh-rsa BBBB two'],
    addresses: {
      public_ipv4: '203.0.113.9',
      private_ipv4: '10.0.0.2',
      public_ipv6: '2001:db8:c0de:5b1c::1',
    },
  });
  assert.equal(network?.[0]?.form, 'cloud-init-v1');
});

test('Hetzner without user-data and without private networks', async () => {
  await using server = await serve(paths({ '/hetzner/v1/metadata': () => ok('hostname: h\n') }));
  const source = hetznerSource(`${server.base}/`, quick);
  assert.equal(await userData(source), '');
  assert.deepEqual(await source.metadata(signal), { hostname: 'h', sshKeys: [], addresses: {} });
});

const vultr = {
  hostname: 'CLOUDINIT_1',
  instanceid: '42506325',
  'instance-v2-id': '29bea708-2e6e-480a-90ad-0e6b5d5ad62f',
  interfaces: [
    {
      ipv4: {
        additional: [{ address: '203.0.113.250', netmask: '255.255.255.0' }],
        address: '203.0.113.242',
        gateway: '203.0.113.1',
        netmask: '255.255.255.0',
      },
      ipv6: { additional: [], address: '2001:db8:5:56c2:5400:3ff:fe15:c465', prefix: '64' },
      mac: '56:00:03:15:c4:65',
      'network-type': 'public',
    },
    {
      ipv4: { additional: [], address: '10.1.112.3', gateway: '', netmask: '255.255.240.0' },
      ipv6: { additional: [], network: '', prefix: '' },
      mac: '5a:00:03:15:c4:65',
      'network-type': 'private',
    },
  ],
  'public-keys': ['ssh-rsa AAAA a\nssh-rsa BBBB b\n'],
};

test('Vultr: user-data within the document, as a text or a list, or else beside it', async () => {
  for (const [within, expected] of [
    [{ 'user-data': config }, config],
    [{ 'user-data': [config], 'vendor-data': ['#vendor'] }, config],
    [{ 'user-data': '' }, 'beside'],
  ] as const) {
    await using server = await serve(
      paths({
        '/v1.json': ({ headers }) =>
          headers['metadata-token'] === 'cloudinit' ? json({ ...vultr, ...within }) : notFound(),
        '/user-data/user-data': () => ok('beside'),
      }),
    );
    const source = vultrSource(server.base, quick);
    assert.equal(await source.available(signal), true);
    assert.equal(await userData(source), expected);
    const vendor = (await source.vendorData?.(signal))?.map(String);
    assert.deepEqual(vendor, 'vendor-data' in within ? ['#vendor'] : []);
    assert.deepEqual(await source.metadata(signal), {
      hostname: 'CLOUDINIT_1',
      instanceId: '29bea708-2e6e-480a-90ad-0e6b5d5ad62f',
      sshKeys: ['ssh-rsa AAAA a', 'ssh-rsa BBBB b'],
      addresses: {
        public_ipv4: '203.0.113.242',
        public_ipv6: '2001:db8:5:56c2:5400:3ff:fe15:c465',
        private_ipv4: '10.1.112.3',
      },
      network: [
        {
          form: 'cloud-init-v2',
          location: `${server.base}/v1.json`,
          data: {
            version: 2,
            ethernets: {
              nic0: {
                match: { macaddress: '56:00:03:15:c4:65' },
                dhcp4: true,
                dhcp6: false,
                addresses: ['203.0.113.250/24'],
              },
              nic1: {
                match: { macaddress: '5a:00:03:15:c4:65' },
                dhcp4: false,
                dhcp6: false,
                addresses: ['10.1.112.3/20'],
              },
            },
          },
        },
      ],
    });
  }
});

const oracle = {
  availabilityDomain: 'qIZq:PHX-AD-1',
  displayName: 'instance-1',
  hostname: 'instance-1-host',
  id: 'ocid1.instance.oc1.phx.abyh',
  metadata: { ssh_authorized_keys: 'ssh-rsa AAAA a\nssh-rsa BBBB b\n', user_data: base64(config) },
};
const vnics = [{ vnicId: 'ocid1.vnic', privateIp: '10.0.0.230', macAddr: '90:e2:ba:d4:f1:68' }];

test('Oracle: version 2 with its header, or else version 1', async () => {
  for (const version of ['v2', 'v1']) {
    await using server = await serve(({ path, headers }) => {
      if (version === 'v2' && headers['authorization'] !== 'Bearer Oracle') return answer('403 Forbidden');
      if (path === `/opc/${version}/instance/`) return json(oracle);
      return path === `/opc/${version}/vnics/` ? json(vnics) : notFound();
    });
    const source = oracleSource(server.base, quick);
    assert.equal(await source.available(signal), true);
    assert.equal(await userData(source), config);
    assert.deepEqual(await source.metadata(signal), {
      hostname: 'instance-1-host',
      instanceId: oracle.id,
      sshKeys: ['ssh-rsa AAAA a', 'ssh-rsa BBBB b'],
      addresses: { private_ipv4: '10.0.0.230' },
    });
  }
  await using server = await serve(() => json({ metadata: { user_data: '?' } }));
  await assert.rejects(
    userData(oracleSource(server.base, quick)),
    /metadata\.user_data in .* cannot be decoded/,
  );
  await using other = await serve(() => answer('403 Forbidden'));
  const none = oracleSource(other.base, quick);
  assert.equal(await none.available(signal), false);
  assert.match(none.whyNot?.() ?? '', /v2\/instance\/ answered 403 .*v1\/instance\/ answered 403/);
});

test('Akamai: a token, a new one when it is refused, and packed user-data', async () => {
  let tokens = 0;
  const documents: Readonly<Record<string, Uint8Array>> = {
    '/v1/instance': json({ id: 12345678, label: 'my-linode', region: 'us-iad', type: 'g6-standard-6' }),
    '/v1/network': json({
      interfaces: [],
      ipv4: { public: ['203.0.113.100/32'], private: ['192.168.1.2/17'], shared: [] },
      ipv6: { slaac: '2001:db8::f03c:91ff/128', ranges: [], link_local: 'fe80::1/128' },
    }),
    '/v1/ssh-keys': json({ users: { root: ['ssh-rsa AAAA a', 'ssh-rsa BBBB b'], me: ['ssh-rsa AAAA a'] } }),
    '/v1/user-data': ok(base64(gzipSync(config))),
  };
  await using server = await serve(({ method, path, headers }) => {
    if (method === 'PUT') {
      return path === '/v1/token' && headers['metadata-token-expiry-seconds'] === '3600'
        ? ok(`token-${++tokens}`)
        : answer('400 Bad Request');
    }
    // The first token runs out after the first question.
    const good = server.asked.length <= 2 ? 'token-1' : 'token-2';
    if (headers['metadata-token'] !== good) return answer('401 Unauthorized');
    assert.equal(headers['accept'], 'application/json');
    return documents[path] ?? notFound();
  });
  const source = linodeSource(server.base, quick);
  assert.equal(await source.available(signal), true);
  assert.deepEqual(Buffer.from(await source.userData(signal)), gzipSync(config));
  assert.equal(tokens, 2);
  assert.deepEqual(await source.metadata(signal), {
    hostname: 'my-linode',
    instanceId: '12345678',
    sshKeys: ['ssh-rsa AAAA a', 'ssh-rsa BBBB b'],
    addresses: {
      public_ipv4: '203.0.113.100',
      private_ipv4: '192.168.1.2',
      public_ipv6: '2001:db8::f03c:91ff',
    },
  });
});

const scaleway = {
  id: '7a1d9ea4-1b2a-4c5d-8b4e-1f1f2f3f4f5f',
  name: 'scw-name',
  hostname: 'scw-host',
  ssh_public_keys: [{ key: 'ssh-rsa AAAA a', fingerprint: '2048' }],
  tags: ['web', 'AUTHORIZED_KEY=ssh-rsa_BBBB_b'],
  public_ip: { id: 'x', address: '203.0.113.5', dynamic: false },
  public_ips_v6: [{ address: '2001:db8::5' }],
  private_ip: '10.68.0.3',
};

test('Scaleway: keys of the account and of tags', async () => {
  await using server = await serve(paths({ '/conf?format=json': () => json(scaleway) }));
  const source = scalewaySource(server.base, quick);
  assert.equal(await source.available(signal), true);
  assert.deepEqual(await source.metadata(signal), {
    hostname: 'scw-host',
    instanceId: scaleway.id,
    sshKeys: ['ssh-rsa AAAA a', 'ssh-rsa BBBB b'],
    addresses: { public_ipv4: '203.0.113.5', private_ipv4: '10.68.0.3', public_ipv6: '2001:db8::5' },
  });
});

// Only root, and only where the kernel has not given these ports to everybody, can tell the difference.
const skip = process.getuid?.() === 0 ? false : 'privileged ports are for root';
test('Scaleway gives user-data to privileged ports only', { skip }, async () => {
  await using server = await serve(({ path, port }) => {
    if (path !== '/user_data/cloud-init') return notFound();
    return port < 1024 ? ok(config) : answer('403 Forbidden');
  });
  assert.equal(await userData(scalewaySource(server.base, quick)), config);
});

const upcloud = {
  cloud_name: 'upcloud',
  instance_id: '00322b68-0096-4042-9406-faad61922128',
  hostname: 'ubuntu-vm',
  public_keys: ['ssh-rsa AAAA a'],
  network: {
    interfaces: [
      {
        ip_addresses: [
          { address: '203.0.113.99', dhcp: false, family: 'IPv4', floating: true, gateway: '' },
          { address: '203.0.113.53', dhcp: true, family: 'IPv4', floating: false },
        ],
        mac: '3a:d6:ba:4a:36:e7',
        type: 'public',
      },
      { ip_addresses: [{ address: '10.6.3.27', family: 'IPv4', floating: false }], type: 'utility' },
      {
        ip_addresses: [
          {
            address: '2001:db8::53',
            dhcp: false,
            dns: ['2001:db8::1'],
            family: 'IPv6',
            floating: false,
            gateway: '2001:db8::1',
            network: '2001:db8::/64',
          },
        ],
        mac: '3a:d6:ba:4a:64:23',
        type: 'public',
      },
    ],
    dns: ['203.0.113.2'],
  },
  user_data: config,
  vendor_data: '',
};

test('UpCloud: a floating address is not the machine', async () => {
  await using server = await serve(paths({ '/metadata/v1.json': () => json(upcloud) }));
  const source = upCloudSource(server.base, quick);
  assert.equal(await source.available(signal), true);
  assert.equal(await userData(source), config);
  const { network, ...rest } = await source.metadata(signal);
  assert.deepEqual(rest, {
    hostname: 'ubuntu-vm',
    instanceId: upcloud.instance_id,
    sshKeys: ['ssh-rsa AAAA a'],
    addresses: { public_ipv4: '203.0.113.53', public_ipv6: '2001:db8::53', private_ipv4: '10.6.3.27' },
  });
  assert.deepEqual(network?.[0]?.data, {
    version: 2,
    ethernets: {
      nic0: {
        match: { macaddress: '3a:d6:ba:4a:36:e7' },
        dhcp4: true,
        dhcp6: false,
        addresses: ['203.0.113.99/32'],
      },
      nic2: {
        match: { macaddress: '3a:d6:ba:4a:64:23' },
        dhcp4: false,
        dhcp6: false,
        addresses: ['2001:db8::53/64'],
        routes: [{ to: '::/0', via: '2001:db8::1' }],
        nameservers: { addresses: ['2001:db8::1'] },
      },
    },
  });
});

test('each cloud: nothing there, and what is not JSON', async () => {
  for (const make of [vultrSource, oracleSource, scalewaySource, upCloudSource]) {
    await using gone = await serve(() => notFound());
    const source = make(gone.base, quick);
    assert.equal(await source.available(signal), false);
    assert.match(source.whyNot?.() ?? '', /answered 404 Not Found/);
    await using broken = await serve(() => ok('<html>'));
    await assert.rejects(make(broken.base, quick).metadata(signal), /is not JSON/);
  }
});

test('a stall and a 503 are tried again', async () => {
  await using server = await serve(() => {
    if (server.asked.length === 1) return undefined;
    return server.asked.length === 2 ? answer('503 Service Unavailable') : json({ hostname: 'late' });
  });
  const late = await upCloudSource(server.base, { ...quick, tries: 10, timeoutMs: 1500 }).metadata(signal);
  assert.equal(late.hostname, 'late');
});
