// Packet's and Equinix Metal's `network`: one bond over all interfaces, the public addresses with the default
// routes, 10.0.0.0/8 by the private gateway.

import { formatAddress, formatNetwork } from './address.ts';
import { bondSettings } from './bond.ts';
import { defaultRoute, type Field, usable } from './field.ts';
import type { Interface, Route, Setting } from './model.ts';

const privateNetwork = '10.0.0.0/8';
/** Which the original takes when the data name none. */
const publicServers = ['8.8.8.8', '8.8.4.4'];

/** The bond and its members. */
export function packetInterfaces(given: Field): readonly Interface[] {
  const inner = given.get('network');
  const data = inner.exists ? inner : given;
  const members = data.get('interfaces').items();
  if (members.length === 0) {
    data.get('interfaces').refuse('there are no interfaces');
    return [];
  }
  const nameServers = data.get('dns');
  const dns = nameServers.exists
    ? usable(nameServers.items().map((item) => item.addressText()))
    : publicServers;
  const names = usable(members.map((member) => nameOf(member)));
  const mac = members[0]?.get('mac').mac();
  const blocks = data.get('addresses').items().map(blockOf);
  const addresses = usable(blocks.map((block) => block.address));
  const common = { dns, domains: [], settings: [], sections: [], lost: false };
  const bond: Interface = {
    ...common,
    id: 'bond0',
    label: 'bond0',
    field: data.path === '' ? 'network' : data.path,
    device: {
      kind: 'bond',
      members: names,
      settings: settingsOf(data),
      ...(mac === undefined ? {} : { mac }),
    },
    match: { name: 'bond0', ...(mac === undefined ? {} : { mac }) },
    addresses,
    routes: usable(blocks.map((block) => block.route)),
    depth: 0,
    lost: blocks.length > 0 && addresses.length === 0,
  };
  const physical = names.map(
    (name, depth): Interface => ({
      ...common,
      id: name,
      label: name,
      field: `interface ${name}`,
      device: { kind: 'physical' },
      match: { name },
      addresses: [],
      routes: [],
      depth,
    }),
  );
  return [...physical, bond];
}

function nameOf(member: Field): string | undefined {
  const name = member.get('name');
  return name.exists ? name.interfaceName() : name.refuse('is missing', 'the name of an interface');
}

function blockOf(block: Field): { readonly address?: string; readonly route?: Route } {
  const mask = block.get('netmask').exists ? block.get('netmask') : block.get('cidr');
  const network = block.get('address').network(mask);
  if (network === undefined) {
    if (!block.get('address').exists) block.get('address').refuse('is missing', 'an IP address');
    return {};
  }
  const address = formatNetwork(network);
  const gateway = block.get('gateway').address();
  if (gateway === undefined) return { address };
  if (gateway.family !== network.address.family) {
    block.get('gateway').refuse('is of another family than the address');
    return { address };
  }
  const isPublic = block.get('public').boolean() ?? false;
  // The private network is one of IPv4; IPv6 has none of its own.
  if (!isPublic && gateway.family === 6) return { address };
  const destination = isPublic ? formatNetwork(defaultRoute(gateway.family)) : privateNetwork;
  return { address, route: { destination, gateway: formatAddress(gateway), settings: [] } };
}

/** Those of the original; the mode is the one in the data, if there is one. */
function settingsOf(data: Field): readonly Setting[] {
  const given = data.get('bonding').get('mode');
  const [mode] = given.exists ? bondSettings([['mode', given]]) : [];
  const lacp = mode === undefined || mode[1] === '802.3ad';
  return [
    ['DownDelaySec', '.2'],
    ...(lacp ? [['LACPTransmitRate', 'fast'] as const] : []),
    ['MIIMonitorSec', '.2'],
    mode ?? ['Mode', '802.3ad'],
    ['UpDelaySec', '.2'],
  ];
}
