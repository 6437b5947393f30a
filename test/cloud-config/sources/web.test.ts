// Sources on the web that give one document: a URL, the kernel command line's, DigitalOcean, Packet.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digitalOceanSource } from '../../../src/cloud-config/sources/digitalocean.ts';
import { packetSource } from '../../../src/cloud-config/sources/packet.ts';
import { urlSource } from '../../../src/cloud-config/sources/url.ts';
import { answer, notFound, ok, quick, serve } from './serve.ts';

const { signal } = new AbortController();
const config = '#cloud-config\nhostname: a\n';

test('a URL that works only once is asked only once', async () => {
  await using server = await serve(() => (server.asked.length === 1 ? ok(config) : answer('410 Gone')));
  const source = urlSource(`${server.base}/config?once`, quick);
  assert.equal(await source.available(signal), true);
  assert.equal(String(Buffer.from(await source.userData(signal))), config);
  assert.deepEqual(await source.metadata(signal), { sshKeys: [], addresses: {} });
  assert.deepEqual(server.paths(), ['GET /config?once']);
});

test('a URL that is not there yet may appear', async () => {
  await using server = await serve(() => (server.asked.length === 1 ? notFound() : ok(config)));
  const source = urlSource(`${server.base}/config`, quick);
  assert.equal(await source.available(signal), false);
  assert.equal(source.whyNot?.(), `${server.base}/config answered 404 Not Found`);
  assert.equal(await source.available(signal), true);
  assert.equal(source.whyNot?.(), undefined);
  assert.ok(source.mayAppear);
});

const droplet = {
  droplet_id: 2756294,
  hostname: 'sample-droplet',
  vendor_data: '#cloud-config\n',
  public_keys: ['ssh-rsa AAAA a', 'ssh-ed25519 BBBB b'],
  region: 'nyc3',
  interfaces: {
    private: [
      {
        ipv4: { ip_address: '10.132.255.113', netmask: '255.255.0.0', gateway: '10.132.0.1' },
        type: 'private',
      },
    ],
    public: [
      {
        ipv4: { ip_address: '104.131.20.105', netmask: '255.255.192.0', gateway: '104.131.0.1' },
        ipv6: { ip_address: '2604:A880:0800:0010:0000:0000:017D:2001', cidr: 64 },
        mac: '04:01:2a:0f:2a:01',
        type: 'public',
      },
    ],
  },
  dns: { nameservers: ['8.8.8.8'] },
};

test('DigitalOcean', async () => {
  await using server = await serve(({ path }) => {
    if (path === '/metadata/v1') return ok('id\nhostname\nuser-data\n');
    if (path === '/metadata/v1/user-data') return ok(config);
    if (path === '/metadata/v1.json')
      return ok(JSON.stringify(droplet), { 'Content-Type': 'application/json' });
    return notFound();
  });
  const source = digitalOceanSource(`${server.base}/`, quick);
  assert.equal(await source.available(signal), true);
  assert.equal(String(Buffer.from(await source.userData(signal))), config);
  assert.deepEqual(await source.vendorData?.(signal), []);
  assert.deepEqual(await source.metadata(signal), {
    hostname: 'sample-droplet',
    sshKeys: ['ssh-rsa AAAA a', 'ssh-ed25519 BBBB b'],
    instanceId: '2756294',
    addresses: {
      public_ipv4: '104.131.20.105',
      public_ipv6: '2604:A880:0800:0010:0000:0000:017D:2001',
      private_ipv4: '10.132.255.113',
    },
    network: [{ form: 'digitalocean', data: droplet, location: `${server.base}/metadata/v1.json` }],
  });
});

const device = {
  id: '5a3d2f1c',
  hostname: 'node-0',
  ssh_keys: ['ssh-rsa AAAA a'],
  network: {
    bonding: { mode: 4 },
    interfaces: [{ name: 'eth0', mac: '0c:c4:7a:e5:44:d8', bond: 'bond0' }],
    addresses: [
      { address_family: 4, public: true, address: '147.75.0.1', netmask: '255.255.255.254' },
      { address_family: 4, public: true, address: '147.75.0.9' },
      { address_family: 6, public: true, address: '2604:1380::1' },
      { address_family: 4, public: false, address: '10.100.0.1' },
      { address_family: 4, public: false, address: 'broken' },
    ],
  },
};

test('Packet: of several addresses of a kind the last counts', async () => {
  await using server = await serve(({ path }) => {
    if (path === '/') return ok('metadata\nuserdata\n');
    if (path === '/metadata') return ok(JSON.stringify(device));
    return path === '/userdata' ? ok(config) : notFound();
  });
  const source = packetSource(server.base, quick);
  assert.equal(await source.available(signal), true);
  assert.equal(String(Buffer.from(await source.userData(signal))), config);
  const location = `${server.base}/metadata`;
  assert.deepEqual(await source.metadata(signal), {
    hostname: 'node-0',
    sshKeys: ['ssh-rsa AAAA a'],
    instanceId: '5a3d2f1c',
    addresses: { public_ipv4: '147.75.0.9', public_ipv6: '2604:1380::1' },
    network: [{ form: 'packet', data: device.network, location }],
    warnings: [`network.addresses in ${location} is not an IPv4 address: "broken".`],
  });
});

test('no document is no metadata, a page is an error with its URL', async () => {
  await using server = await serve(({ path }) => (path.startsWith('/page') ? ok('<html>') : notFound()));
  for (const make of [digitalOceanSource, packetSource]) {
    assert.deepEqual(await make(server.base, quick).metadata(signal), { sshKeys: [], addresses: {} });
    assert.equal((await make(server.base, quick).userData(signal)).length, 0);
    const page = make(`${server.base}/page`, quick).metadata(signal);
    await assert.rejects(page, /\/page\/metadata.* is not JSON/);
  }
});
