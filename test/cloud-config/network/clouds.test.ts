// The forms of today's clouds: OpenStack, DigitalOcean, and cloud-init's two versions.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { converted, digitalocean, file, openstack, version1, version2 } from './converting.ts';

test('OpenStack: links, networks, routes and services', () => {
  const { files, said } = converted('openstack', openstack);
  assert.deepEqual(said, []);
  assert.deepEqual(files, {
    '00-vlan101.netdev': file(
      '[NetDev]\nKind=vlan\nName=vlan101\nMACAddress=fa:16:3e:00:00:04',
      '[VLAN]\nId=101',
    ),
    '00-vlan101.network': file(
      '[Match]\nName=vlan101',
      '[Network]\nDNS=2001:cdba::53\nDNS=198.51.100.1',
      '[Address]\nAddress=2001:cdba::3257:9652/64',
      '[Route]\nDestination=::/0\nGateway=2001:cdba::1',
    ),
    '01-bond0.netdev': file(
      '[NetDev]\nKind=bond\nName=bond0\nMACAddress=fa:16:3e:00:00:01',
      '[Bond]\nMIIMonitorSec=100ms\nMode=802.3ad\nTransmitHashPolicy=layer3+4',
    ),
    '01-bond0.network': file(
      '[Match]\nName=bond0',
      '[Network]\nVLAN=vlan101\nDNS=198.51.100.1',
      '[Address]\nAddress=10.184.0.244/20',
      '[Route]\nDestination=10.0.0.0/8\nGateway=10.184.0.1',
      '[Route]\nDestination=0.0.0.0/0\nGateway=11.0.0.1\nGatewayOnLink=yes',
    ),
    '02-fa:16:3e:00:00:01.network': file(
      '[Match]\nPermanentMACAddress=fa:16:3e:00:00:01',
      '[Network]\nBond=bond0',
      '[Link]\nMTUBytes=1450',
    ),
    '02-fa:16:3e:00:00:02.network': file(
      '[Match]\nPermanentMACAddress=fa:16:3e:00:00:02',
      '[Network]\nBond=bond0',
    ),
    '00-fa:16:3e:00:00:03.network': file(
      '[Match]\nMACAddress=fa:16:3e:00:00:03',
      '[Network]\nDNS=198.51.100.1\nDHCP=ipv4\nIPv6AcceptRA=yes',
    ),
  });
});

test('DigitalOcean: the public interface has the routes and the name servers', () => {
  const { files, said } = converted('digitalocean', digitalocean);
  assert.deepEqual(said, []);
  assert.deepEqual(files, {
    '00-04:01:2a:0f:2a:01.network': file(
      '[Match]\nMACAddress=04:01:2a:0f:2a:01',
      '[Network]\nDNS=198.51.100.1\nDNS=198.51.100.2',
      '[Address]\nAddress=203.0.113.5/20',
      '[Address]\nAddress=2001:db8:0:10::2:1/64',
      '[Address]\nAddress=10.17.0.5/16',
      '[Route]\nDestination=0.0.0.0/0\nGateway=203.0.112.1',
      '[Route]\nDestination=::/0\nGateway=2001:db8:0:10::1',
    ),
    '00-04:01:2a:0f:2a:02.network': file(
      '[Match]\nMACAddress=04:01:2a:0f:2a:02',
      '[Network]',
      '[Address]\nAddress=10.132.1.2/16',
    ),
  });
});

test('cloud-init, version 1: every kind of device', () => {
  const { files, said } = converted('yaml', version1);
  assert.deepEqual(said, []);
  assert.equal(
    files['00-eth0.network'],
    file(
      '[Match]\nMACAddress=96:00:00:aa:bb:cc',
      '[Network]\nDNS=185.12.64.1\nDHCP=ipv4',
      '[Address]\nAddress=2a01:4f8::1/64',
      '[Route]\nDestination=::/0\nGateway=fe80::1',
      '[Link]\nMTUBytes=1450',
    ),
  );
  assert.equal(
    files['00-eth0.link'],
    file('[Match]\nMACAddress=96:00:00:aa:bb:cc\nType=!vlan bond bridge', '[Link]\nName=eth0'),
  );
  assert.equal(
    files['00-eth1.network'],
    file(
      '[Match]\nName=eth1',
      '[Network]',
      '[Address]\nAddress=172.31.1.100/32',
      '[Route]\nDestination=0.0.0.0/0\nGateway=172.31.1.1\nGatewayOnLink=yes',
    ),
  );
  assert.equal(
    files['00-bond0.20.network'],
    file(
      '[Match]\nName=bond0.20',
      '[Network]\nDomains=example.com\nDNS=198.51.100.1',
      '[Address]\nAddress=10.20.0.5/24',
      '[Route]\nDestination=10.30.0.0/16\nGateway=10.20.0.1\nMetric=5',
      '[Route]\nDestination=192.0.2.0/24\nGateway=10.20.0.9',
    ),
  );
  assert.equal(
    files['02-eth2.network'],
    file('[Match]\nName=eth2', '[Network]\nBond=bond0\nPrimarySlave=yes'),
  );
  assert.equal(
    files['00-br0.netdev'],
    file('[NetDev]\nKind=bridge\nName=br0', '[Bridge]\nSTP=no\nForwardDelaySec=0'),
  );
  assert.equal(
    files['01-eth4.network'],
    file('[Match]\nName=eth4', '[Network]\nBridge=br0', '[Bridge]\nCost=50'),
  );
  assert.equal(Object.keys(files).length, 12);
});

test('cloud-init, version 2: every kind of device, names with hyphens as they are', () => {
  const { files, said } = converted('yaml', version2);
  assert.deepEqual(said, []);
  assert.equal(
    files['01-wan-1.network'],
    file(
      '[Match]\nMACAddress=00:53:00:aa:bb:01',
      '[Network]\nVLAN=vlan5\nDHCP=ipv4\nIPv6AcceptRA=no',
      '[DHCPv4]\nUseDNS=no\nRouteMetric=50',
      '[Link]\nMTUBytes=9000\nRequiredForOnline=no',
    ),
  );
  assert.equal(
    files['00-eno1.network'],
    file(
      '[Match]\nName=eno1',
      '[Network]\nDomains=example.com\nDNS=198.51.100.1',
      '[Address]\nAddress=192.0.2.7/24',
      '[Address]\nAddress=2001:db8::7/64',
      '[Route]\nDestination=0.0.0.0/0\nGateway=192.0.2.1',
      '[Route]\nDestination=198.51.100.0/24\nGateway=192.0.2.9\nMetric=7\nTable=70',
      '[Route]\nDestination=::/0\nGateway=fe80::1\nGatewayOnLink=yes',
      '[RoutingPolicyRule]\nFrom=192.0.2.7\nTable=70\nPriority=3',
    ),
  );
  assert.equal(
    files['02-ports.network'],
    file(
      '[Match]\nName=enp*\nDriver=virtio_net',
      '[Network]\nBond=bond0\nPrimarySlave=yes\nLinkLocalAddressing=no',
    ),
  );
  assert.equal(
    files['01-bond0.network'],
    file('[Match]\nName=bond0', '[Network]\nBridge=br0', '[Bridge]\nPriority=9'),
  );
  assert.equal(files['00-br0.network'], file('[Match]\nName=br0', '[Network]\nDHCP=true'));
  assert.equal(Object.keys(files).length, 10);
});

test('what is wrong is said with its place and left out; an interface without any of its addresses stays', () => {
  const one = (body: string) => `version: 2\nethernets:\n  eth0: ${body}\n`;
  for (const [text, names, said] of [
    ['version: 3', '', ['error: version: invalid value 3; expected 1 or 2']],
    ['[1]', '', ['error: version: is missing; expected 1 or 2']],
    ['config: disabled', '', []],
    ['', '', []],
    [
      one('{dhcp4: perhaps}'),
      '00-eth0.network',
      ['error: ethernets.eth0.dhcp4: invalid value "perhaps"; expected true or false'],
    ],
    [
      one('{adresses: []}'),
      '00-eth0.network',
      ['warning: ethernets.eth0.adresses: is not known here and is ignored'],
    ],
    [
      one('{addresses: [192.0.2.7/24, 192.0.2.8/33]}'),
      '00-eth0.network',
      [
        'error: ethernets.eth0.addresses[1]: invalid value "192.0.2.8/33"; expected an IP address with the length of its prefix, as 192.0.2.7/24',
      ],
    ],
    [
      one('{addresses: [192.0.2.8/33]}'),
      '',
      [
        'error: ethernets.eth0.addresses[0]: invalid value "192.0.2.8/33"; expected an IP address with the length of its prefix, as 192.0.2.7/24',
        'error: ethernets.eth0: none of the addresses of eth0 can be used; it is left as it is',
      ],
    ],
    [
      one('{match: {macaddress: nonsense, name: "eth*"}, dhcp4: true}'),
      '',
      [
        'error: ethernets.eth0.match.macaddress: invalid value "nonsense"; expected a MAC address as 00:53:00:aa:bb:cc',
      ],
    ],
    [
      'version: 2\nvlans: {v1: {id: 1, link: gone}}',
      '',
      ['error: vlans.v1: "gone", on which it lies, is not there; it is left out'],
    ],
    [
      'version: 2\nbonds: {a: {interfaces: [b]}, b: {interfaces: [a]}}',
      '',
      [
        'error: bonds.a: it lies on itself; it is left out',
        'error: bonds.b: it lies on itself; it is left out',
      ],
    ],
    [
      'version: 2\nbonds: {a: {interfaces: [gone]}}',
      '00-a.netdev 00-a.network',
      ['error: bonds.a: its member "gone" is not there'],
    ],
    [
      'version: 2\nethernets: {e: {}}\nbonds: {a: {interfaces: [e]}, b: {interfaces: [e]}}',
      '00-a.netdev 00-a.network 00-b.netdev 00-b.network 01-e.network',
      ['error: bonds.b: "e" belongs to a already'],
    ],
    [
      'version: 2\nethernets: {e: {}}\nbonds: {a: {interfaces: [e], addresses: [x]}}',
      '',
      [
        'error: bonds.a.addresses[0]: invalid value "x"; expected an IP address with the length of its prefix, as 192.0.2.7/24',
        'error: bonds.a: none of the addresses of a can be used; it is left as it is',
      ],
    ],
    [
      'version: 2\nwifis: {w: {}}',
      '',
      [
        'error: wifis: is not supported; these devices are left out; expected ethernets, bonds, bridges, vlans',
      ],
    ],
    [
      'version: 1\nconfig: [{type: physical, name: "eth0\\n[Network]"}, {type: physical, name: e, subnets: [{type: dhcp}]}]',
      '00-e.network',
      [
        'error: config[0].name: invalid value "eth0\\n[Network]"; expected the name of an interface, at most 15 characters',
      ],
    ],
    [
      'version: 1\nconfig: [{type: physical, name: e}, {type: physical, name: e}]',
      '00-e.network',
      ['error: config[1]: there is another interface "e"; this one is left out'],
    ],
    ['version: 1\nconfig: [{type: magic}]', '', [/^error: config\[0\].type: invalid value "magic"/]],
    ['version: 1', '', ['error: config: is missing; expected a list of devices']],
  ] as const) {
    const found = converted('yaml', text);
    assert.equal(found.said.length, said.length, `${text}\n${found.said.join('\n')}`);
    for (const [index, line] of said.entries()) {
      if (typeof line === 'string') assert.equal(found.said[index], line, text);
      else assert.match(found.said[index] ?? '', line);
    }
    assert.equal(Object.keys(found.files).sort().join(' '), names, text);
  }
});
