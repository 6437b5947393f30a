// The three forms that the original converts: names, sections and order of keys as it wrote them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { converted, debian, file, packet, vmware } from './converting.ts';

test('Debian: a bond, a VLAN on it and a plain interface', () => {
  assert.deepEqual(converted('debian', debian), {
    said: [],
    files: {
      '00-bond0.101.netdev': file(
        '[NetDev]\nKind=vlan\nName=bond0.101\nMACAddress=00:53:00:aa:bb:02',
        '[VLAN]\nId=101',
      ),
      '00-bond0.101.network': file('[Match]\nName=bond0.101', '[Network]\nDHCP=true'),
      '01-bond0.netdev': file(
        '[NetDev]\nKind=bond\nName=bond0',
        '[Bond]\nLACPTransmitRate=fast\nMIIMonitorSec=100ms\nMode=802.3ad',
      ),
      '01-bond0.network': file(
        '[Match]\nName=bond0',
        '[Network]\nVLAN=bond0.101\nDNS=198.51.100.1\nDNS=198.51.100.2',
        '[Address]\nAddress=192.0.2.7/24',
        '[Route]\nDestination=0.0.0.0/0\nGateway=192.0.2.1',
        '[Route]\nDestination=10.1.0.0/16\nGateway=192.0.2.2',
      ),
      '02-eth0.network': file('[Match]\nName=eth0', '[Network]\nBond=bond0'),
      '02-eth1.network': file('[Match]\nName=eth1', '[Network]\nBond=bond0'),
      '00-eth2.network': file('[Match]\nName=eth2', '[Network]'),
    },
  });
});

test('Packet: one bond over all interfaces, private networks by the private gateway', () => {
  const { files, said } = converted('packet', packet);
  assert.deepEqual(said, []);
  const dns = 'DNS=8.8.8.8\nDNS=8.8.4.4';
  assert.deepEqual(files, {
    '00-bond0.netdev': file(
      '[NetDev]\nKind=bond\nName=bond0\nMACAddress=00:53:00:aa:00:01',
      '[Bond]\nDownDelaySec=.2\nLACPTransmitRate=fast\nMIIMonitorSec=.2\nMode=802.3ad\nUpDelaySec=.2',
    ),
    '00-bond0.network': file(
      '[Match]\nName=bond0\nMACAddress=00:53:00:aa:00:01',
      `[Network]\n${dns}`,
      '[Address]\nAddress=198.51.100.7/31',
      '[Address]\nAddress=2001:db8::3/127',
      '[Address]\nAddress=10.99.0.3/31',
      '[Route]\nDestination=0.0.0.0/0\nGateway=198.51.100.6',
      '[Route]\nDestination=::/0\nGateway=2001:db8::2',
      '[Route]\nDestination=10.0.0.0/8\nGateway=10.99.0.2',
    ),
    '00-enp1s0f0.network': file('[Match]\nName=enp1s0f0', `[Network]\nBond=bond0\n${dns}`),
    '01-enp1s0f1.network': file('[Match]\nName=enp1s0f1', `[Network]\nBond=bond0\n${dns}`),
  });
  // The mode of the switch, where the data tell it.
  const other = converted('packet', { ...packet, dns: [], bonding: { mode: 5 } });
  assert.match(
    other.files['00-bond0.netdev'] ?? '',
    /\[Bond\]\nDownDelaySec=.2\nMIIMonitorSec=.2\nMode=balance-tlb\n/,
  );
  assert.doesNotMatch(other.files['00-bond0.network'] ?? '', /DNS/);
  assert.match(converted('packet', {}).said.join(), /interfaces: there are no interfaces/);
});

test('VMware: an interface by name with addresses, one by MAC address with DHCP', () => {
  assert.deepEqual(converted('vmware', vmware), {
    said: [],
    files: {
      '00-ens192.network': file(
        '[Match]\nName=ens192',
        '[Network]\nDomains=example.com\nDNS=198.51.100.1',
        '[Address]\nAddress=192.0.2.7/24',
        '[Address]\nAddress=2001:db8::7/64',
        '[Route]\nDestination=0.0.0.0/0\nGateway=192.0.2.1',
      ),
      '00-00:53:00:aa:bb:cc.network': file('[Match]\nMACAddress=00:53:00:aa:bb:cc', '[Network]\nDHCP=true'),
    },
  });
  const both = { 'interface.0.name': 'a', 'interface.0.mac': '00-53-00-AA-BB-CC', 'interface.0.dhcp': 'yes' };
  assert.deepEqual(Object.keys(converted('vmware', both).files), ['00-a.network']);
  assert.match(
    converted('vmware', both).files['00-a.network'] ?? '',
    /Name=a\nMACAddress=00:53:00:aa:bb:cc\n/,
  );
});

test('Debian: what its stanzas may say, and what of it cannot be used', () => {
  for (const [text, names, said] of [
    ['iface eth0 inet dhcp', ['00-eth0.network'], []],
    [
      'iface vlan7 inet manual\nvlan-raw-device eth0',
      ['01-eth0.network', '00-vlan7.netdev', '00-vlan7.network'],
      [],
    ],
    ['iface eth0.7 inet manual', ['01-eth0.network', '00-eth0.7.netdev', '00-eth0.7.network'], []],
    ['iface bond0 inet manual\nbond-slaves none', ['00-bond0.netdev', '00-bond0.network'], []],
    [
      'iface bond0 inet dhcp\nbond-mode 1\nbond_slaves none\niface eth0 inet manual\nbond-master bond0',
      ['00-bond0.netdev', '00-bond0.network', '01-eth0.network'],
      [],
    ],
    ['iface br0 inet dhcp\nbridge_ports eth0', ['00-br0.netdev', '00-br0.network', '01-eth0.network'], []],
    ['allow-hotplug eth0\niface eth0 inet dhcp\n', ['00-eth0.network'], []],
    ['iface lo inet loopback', [], []],
    ['', [], []],
    [
      'mapping eth0\nscript x',
      [],
      ['error: line 1: "mapping" is not supported; expected stanzas "auto" and "iface"'],
    ],
    [
      'address 192.0.2.1',
      [],
      [
        'error: line 1: missing stanza start; expected a line "auto NAME" or "iface NAME inet METHOD" before it',
      ],
    ],
    [
      'iface eth0 inet',
      [],
      ['error: line 1: incorrect number of attributes; expected "iface NAME FAMILY METHOD"'],
    ],
    [
      'iface eth0 inet static\naddress 192.0.2.300\nnetmask 255.255.255.0',
      [],
      [
        'error: line 2: address: invalid value "192.0.2.300"; expected an IP address',
        'error: line 1: none of the addresses of eth0 can be used; it is left as it is',
      ],
    ],
    [
      'iface eth0 inet static\naddress 192.0.2.3\nnetmask 255.0.255.0',
      [],
      [
        'error: line 3: netmask: invalid value "255.0.255.0"; expected a netmask or the length of a prefix that fits the address',
        'error: line 1: none of the addresses of eth0 can be used; it is left as it is',
      ],
    ],
    [
      'iface eth0/../../x inet dhcp',
      [],
      [
        'error: line 1: invalid value "eth0/../../x"; expected the name of an interface, at most 15 characters',
      ],
    ],
    [
      'iface eth0 inet ppp',
      ['00-eth0.network'],
      ['error: line 1: invalid value "ppp"; expected a method: static, dhcp, manual or loopback'],
    ],
    [
      'iface eth0 inet dhcp\nup touch /x\nwpa-ssid x',
      ['00-eth0.network'],
      [
        'warning: line 2: up: is no command that adds a route; networkd runs no commands, it is ignored',
        'warning: line 3: wpa-ssid: is not known here and is ignored',
      ],
    ],
  ] as const) {
    const found = converted('debian', text);
    assert.deepEqual(found.said, said, text);
    assert.deepEqual(Object.keys(found.files).sort(), [...names].sort(), text);
  }
});

test('Debian: addresses of both families, of aliases, with the prefix in them; routes in every notation', () => {
  const { files, said } = converted(
    'debian',
    `iface eth0 inet static
  address 192.0.2.7/24
  gateway 192.0.2.1
  mtu 9000
  dns-search a.example b.example
  up ip route add 198.51.100.0/24 via 192.0.2.9 dev eth0 metric 5
  post-up /sbin/route add -host 203.0.113.1 gw 192.0.2.9
  post-up route add default gw 192.0.2.8
iface eth0 inet6 static
  address 2001:db8::7
  netmask 64
  gateway fe80::1
iface eth0:1 inet static
  address 192.0.2.8
  netmask 255.255.255.0
`,
  );
  assert.deepEqual(said, []);
  assert.deepEqual(files, {
    '00-eth0.network': file(
      '[Match]\nName=eth0',
      '[Network]\nDomains=a.example\nDomains=b.example',
      '[Address]\nAddress=192.0.2.7/24',
      '[Address]\nAddress=2001:db8::7/64',
      '[Address]\nAddress=192.0.2.8/24',
      '[Route]\nDestination=0.0.0.0/0\nGateway=192.0.2.1',
      '[Route]\nDestination=198.51.100.0/24\nGateway=192.0.2.9\nMetric=5',
      '[Route]\nDestination=203.0.113.1/32\nGateway=192.0.2.9',
      '[Route]\nDestination=0.0.0.0/0\nGateway=192.0.2.8',
      '[Route]\nDestination=::/0\nGateway=fe80::1',
      '[Link]\nMTUBytes=9000',
    ),
  });
});

test('VMware: what is wrong is left out by itself', () => {
  const base = { 'interface.0.name': 'a', 'interface.0.ip.0.address': '192.0.2.7/24' };
  for (const [more, message] of [
    [{ 'interface.0.route.0.gateway': '192.0.2.1' }, 'interface.0.route.0.destination: is missing'],
    [{ 'interface.0.route.0.destination': '0.0.0.0/0' }, 'interface.0.route.0.gateway: is missing'],
    [{ 'interface.0.dhcp': 'maybe' }, 'interface.0.dhcp: invalid value "maybe"; expected one of yes, no'],
    [{ 'dns.server.0': 'ns.example' }, 'dns.server.0: invalid value "ns.example"; expected an IP address'],
    [{ 'dns.domain.0': 'a\nDNS=192.0.2.6' }, 'dns.domain.0: invalid value "a\\nDNS=192.0.2.6"'],
    [{ 'interface.0.name': 'a\n[Network]' }, 'interface.0.name: invalid value "a\\n[Network]"'],
    [{ 'interface.0.ip.1.address': '192.0.2.9' }, 'interface.0.ip.1.address: invalid value "192.0.2.9"'],
  ] as const) {
    const { files, said } = converted('vmware', { ...base, ...more });
    assert.ok(
      said.some((line) => line.startsWith(`error: ${message}`)),
      said.join('\n'),
    );
    const text = Object.values(files).join('');
    if (text !== '') assert.match(text, /Address=192.0.2.7\/24/);
    assert.doesNotMatch(text, /192.0.2.6|maybe|ns.example|192.0.2.9/);
  }
});
