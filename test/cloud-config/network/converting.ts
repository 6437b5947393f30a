// Network data to convert, as the sources give them, and what comes of a conversion as plain data.

import type { NetworkData } from '../../../src/cloud-config/model.ts';
import { convertNetwork } from '../../../src/cloud-config/network/convert.ts';
import { readNetworkConfig } from '../../../src/cloud-config/network/read.ts';

export interface Converted {
  readonly files: Readonly<Record<string, string>>;
  /** `KIND: MESSAGE`, without the location in front. */
  readonly said: readonly string[];
}

/** Converts data of a form; YAML text for cloud-init's. */
export function converted(form: NetworkData['form'] | 'yaml', data: unknown): Converted {
  const location = 'here';
  const given = form === 'yaml' ? readNetworkConfig(String(data), location) : { form, data, location };
  if (given === undefined) return { files: {}, said: [] };
  const { files, findings } = convertNetwork(given);
  return {
    files: Object.fromEntries(files.map(({ name, content }) => [name, content])),
    said: findings.map(({ kind, message, expected }) =>
      [`${kind}: ${message.replace(/^here: /, '')}`, expected].filter(Boolean).join('; expected '),
    ),
  };
}

/** A file of these lines; an empty one before each section but the first. */
export function file(...sections: readonly string[]): string {
  return sections.map((section) => `${section.trim().replace(/\n\s+/g, '\n')}\n`).join('\n');
}

export const debian = `# made by the cloud
auto lo
iface lo inet loopback

auto bond0
iface bond0 inet static
    address 192.0.2.7
    netmask 255.255.255.0
    gateway 192.0.2.1
    bond-slaves eth0 \\
      eth1
    bond-mode 4
    bond-miimon 100
    bond-lacp-rate 1
    dns-nameservers 198.51.100.1 198.51.100.2
    post-up route add -net 10.1.0.0 netmask 255.255.0.0 gw 192.0.2.2 || true
    pre-down route del -net 10.1.0.0 netmask 255.255.0.0 gw 192.0.2.2

auto bond0.101
iface bond0.101 inet dhcp
    vlan_raw_device bond0
    hwaddress ether 00:53:00:AA:BB:02

iface eth2 inet manual
`;

export const packet = {
  interfaces: [
    { name: 'enp1s0f0', mac: '00:53:00:AA:00:01' },
    { name: 'enp1s0f1', mac: '00:53:00:aa:00:02' },
  ],
  addresses: [
    {
      address_family: 4,
      public: true,
      address: '198.51.100.7',
      netmask: '255.255.255.254',
      gateway: '198.51.100.6',
    },
    { address_family: 6, public: true, address: '2001:DB8::3', cidr: 127, gateway: '2001:db8::2' },
    {
      address_family: 4,
      public: false,
      address: '10.99.0.3',
      netmask: '255.255.255.254',
      gateway: '10.99.0.2',
    },
  ],
};

export const vmware = {
  hostname: 'box',
  'interface.0.name': 'ens192',
  'interface.0.role': 'public',
  'interface.0.ip.0.address': '192.0.2.7/24',
  'interface.0.ip.1.address': '2001:db8::7/64',
  'interface.0.route.0.gateway': '192.0.2.1',
  'interface.0.route.0.destination': '0.0.0.0/0',
  'interface.1.mac': '00:53:00:AA:BB:CC',
  'interface.1.dhcp': 'yes',
  'dns.server.0': '198.51.100.1',
  'dns.domain.0': 'example.com',
};

export const openstack = {
  links: [
    { id: 'interface0', type: 'phy', ethernet_mac_address: 'fa:16:3e:00:00:01', mtu: 1450 },
    { id: 'interface1', type: 'phy', ethernet_mac_address: 'fa:16:3e:00:00:02', mtu: null },
    { id: 'tap2', type: 'ovs', ethernet_mac_address: 'fa:16:3e:00:00:03' },
    {
      id: 'bond0',
      type: 'bond',
      bond_links: ['interface0', 'interface1'],
      ethernet_mac_address: 'fa:16:3e:00:00:01',
      bond_mode: '802.3ad',
      bond_xmit_hash_policy: 'layer3+4',
      bond_miimon: 100,
    },
    {
      id: 'vlan-of-the-tenant',
      type: 'vlan',
      vlan_link: 'bond0',
      vlan_id: 101,
      vlan_mac_address: 'fa:16:3e:00:00:04',
    },
  ],
  networks: [
    {
      id: 'private-ipv4',
      type: 'ipv4',
      link: 'bond0',
      ip_address: '10.184.0.244',
      netmask: '255.255.240.0',
      routes: [
        { network: '10.0.0.0', netmask: '255.0.0.0', gateway: '10.184.0.1' },
        { network: '0.0.0.0', netmask: '0.0.0.0', gateway: '11.0.0.1' },
      ],
    },
    {
      id: 'private-ipv6',
      type: 'ipv6',
      link: 'vlan-of-the-tenant',
      ip_address: '2001:cdba::3257:9652',
      netmask: 'ffff:ffff:ffff:ffff::',
      routes: [{ network: '::', netmask: '::', gateway: '2001:cdba::1' }],
      services: [{ type: 'dns', address: '2001:cdba::53' }],
    },
    { id: 'four', type: 'ipv4_dhcp', link: 'tap2' },
    { id: 'six', type: 'ipv6_slaac', link: 'tap2' },
  ],
  services: [{ type: 'dns', address: '198.51.100.1' }],
};

export const digitalocean = {
  dns: { nameservers: ['198.51.100.1', '198.51.100.2'] },
  interfaces: {
    public: [
      {
        mac: '04:01:2a:0f:2a:01',
        type: 'public',
        ipv4: { ip_address: '203.0.113.5', netmask: '255.255.240.0', gateway: '203.0.112.1' },
        ipv6: { ip_address: '2001:0DB8:0:10::2:1', cidr: 64, gateway: '2001:db8:0:10::1' },
        anchor_ipv4: { ip_address: '10.17.0.5', netmask: '255.255.0.0', gateway: '10.17.0.1' },
      },
    ],
    private: [
      {
        mac: '04:01:2a:0f:2a:02',
        type: 'private',
        ipv4: { ip_address: '10.132.1.2', netmask: '255.255.0.0', gateway: '10.132.0.1' },
      },
    ],
  },
};

export const version1 = `version: 1
config:
  - type: physical
    name: eth0
    mac_address: '96:00:00:AA:BB:CC'
    mtu: 1450
    subnets:
      - type: dhcp
        ipv4: true
        dns_nameservers: [185.12.64.1]
      - type: static
        ipv6: true
        address: 2a01:4f8::1/64
        gateway: fe80::1
  - type: physical
    name: eth1
    subnets: [{type: static, address: 172.31.1.100/32, gateway: 172.31.1.1}]
  - {type: physical, name: eth2}
  - {type: physical, name: eth3}
  - type: bond
    name: bond0
    bond_interfaces: [eth2, eth3]
    params: {bond-mode: active-backup, bond_miimon: 100, bond-primary: eth2}
  - type: vlan
    name: bond0.20
    vlan_link: bond0
    vlan_id: 20
    subnets:
      - type: static
        address: 10.20.0.5
        netmask: 255.255.255.0
        routes: [{network: 10.30.0.0, netmask: 255.255.0.0, gateway: 10.20.0.1, metric: 5}]
  - type: bridge
    name: br0
    bridge_interfaces: [eth4]
    params: {bridge_stp: 'off', bridge_fd: 0, bridge_pathcost: [eth4 50]}
  - {type: physical, name: eth4}
  - {type: nameserver, address: [198.51.100.1], search: [example.com], interface: bond0.20}
  - {type: route, destination: 192.0.2.0/24, gateway: 10.20.0.9}
`;

export const version2 = `network:
  version: 2
  renderer: networkd
  ethernets:
    wan-1:
      match: {macaddress: '00:53:00:aa:bb:01'}
      set-name: wan0
      dhcp4: true
      dhcp4-overrides: {use-dns: false, route-metric: 50}
      accept-ra: false
      optional: true
      mtu: 9000
    eno1:
      addresses: [192.0.2.7/24, "2001:db8::7/64"]
      gateway4: 192.0.2.1
      nameservers: {addresses: [198.51.100.1], search: [example.com]}
      routes:
        - {to: 198.51.100.0/24, via: 192.0.2.9, metric: 7, table: 70}
        - {to: default, via: "fe80::1", on-link: true}
      routing-policy: [{from: 192.0.2.7, table: 70, priority: 3}]
    ports:
      match: {name: "enp*", driver: virtio_net}
      link-local: []
  bonds:
    bond0:
      interfaces: [ports]
      parameters: {mode: active-backup, mii-monitor-interval: 1s, primary: ports}
  bridges:
    br0:
      interfaces: [bond0]
      dhcp4: yes
      dhcp6: yes
      parameters: {stp: true, forward-delay: 4, port-priority: {bond0: 9}}
  vlans:
    vlan5: {id: 5, link: wan-1, addresses: [10.5.0.1/16], macaddress: "00:53:00:aa:bb:05"}
`;
