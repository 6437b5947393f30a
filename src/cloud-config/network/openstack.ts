// OpenStack's network_data.json: links (the devices), networks (what is on them), services (name servers).
// https://specs.openstack.org/openstack/nova-specs/specs/liberty/implemented/metadata-service-network-info.html

import { formatNetwork, type Network, parseAddress } from './address.ts';
import { bare } from './bare.ts';
import { bondSettings } from './bond.ts';
import { type Field, isInterfaceName, usable } from './field.ts';
import type { Device, Interface, Match, Route, Section } from './model.ts';
import { defaultRouteBy, reachable, routeOf } from './routes.ts';

/** The interfaces that the data describe; what the hypervisor has at the other end of a link is no matter. */
export function openstackInterfaces(data: Field): readonly Interface[] {
  const networks = Map.groupBy(data.get('networks').items(), (network) => network.get('link').text());
  const servers = dnsOf(data.get('services'));
  const names = new Names();
  return data
    .get('links')
    .items()
    .flatMap((link) => {
      const id = link.get('id').text();
      if (id === undefined || id === '') {
        link.get('id').refuse('is missing', 'the id of the link');
        return [];
      }
      return interfaceOf(id, link, networks.get(id) ?? [], servers, names) ?? [];
    });
}

function interfaceOf(
  id: string,
  link: Field,
  networks: readonly Field[],
  servers: readonly string[],
  names: Names,
): Interface | undefined {
  const identity = identityOf(id, link, names);
  if (identity === undefined) return undefined;
  const mtu =
    link.get('mtu').exists && link.get('mtu').value !== 0 ? link.get('mtu').integer(68, 65_535) : undefined;
  const sections: Section[] = mtu === undefined ? [] : [{ name: 'Link', settings: [['MTUBytes', `${mtu}`]] }];
  const parts = networks.map(addressing);
  const found = usable(parts.map(({ network }) => network));
  const wanted = parts.filter((part) => part.isStatic).length;
  const routes = parts.flatMap((part) => part.routes);
  const dhcp = dhcpOf(parts.flatMap((part) => part.dhcp ?? []));
  const acceptsRa = parts.some((part) => part.acceptsRa);
  return {
    ...bare(id, link.path),
    ...identity,
    ...(dhcp === undefined ? {} : { dhcp }),
    dns: [...new Set([...parts.flatMap(({ dns }) => dns), ...(networks.length > 0 ? servers : [])])],
    addresses: found.map(formatNetwork),
    routes: routes.map((route) => {
      const gateway = parseAddress(route.gateway ?? '');
      return gateway === undefined ? route : reachable(route, gateway, found);
    }),
    settings: acceptsRa ? [['IPv6AcceptRA', 'yes']] : [],
    sections,
    lost: wanted > 0 && found.length === 0 && dhcp === undefined,
  };
}

interface Addressing {
  readonly isStatic: boolean;
  readonly network?: Network;
  readonly dhcp?: 'ipv4' | 'ipv6';
  readonly acceptsRa: boolean;
  readonly routes: readonly Route[];
  readonly dns: readonly string[];
}

function addressing(field: Field): Addressing {
  const type = field.get('type').text() ?? '';
  const dns = dnsOf(field.get('services'));
  const listed = usable(
    field
      .get('dns_nameservers')
      .items()
      .map((item) => item.addressText()),
  );
  const rest = { acceptsRa: false, isStatic: false, routes: [], dns: [...dns, ...listed] };
  if (type === 'ipv4_dhcp') return { ...rest, dhcp: 'ipv4' };
  if (type === 'ipv6_dhcp' || type === 'ipv6_dhcpv6-stateful')
    return { ...rest, dhcp: 'ipv6', acceptsRa: true };
  if (type === 'ipv6_slaac' || type === 'ipv6_dhcpv6-stateless') return { ...rest, acceptsRa: true };
  if (type !== 'ipv4' && type !== 'ipv6') {
    const known = 'ipv4, ipv4_dhcp, ipv6, ipv6_dhcp, ipv6_slaac or ipv6_dhcpv6-…';
    field.get('type').invalid(`one of ${known}`);
    return rest;
  }
  const address = field.get('ip_address');
  if (!address.exists) address.refuse('is missing', 'an IP address');
  const network = address.network(field.get('netmask'));
  const routes = field.get('routes').items().map(routeIn);
  const gateway = field.get('gateway');
  const way = gateway.exists ? [defaultRouteBy(gateway)] : [];
  return {
    ...rest,
    isStatic: true,
    ...(network === undefined ? {} : { network }),
    routes: usable([...way, ...routes]),
  };
}

const routeIn = (field: Field): Route | undefined =>
  routeOf({
    destination: field.get('network'),
    netmask: field.get('netmask'),
    gateway: field.get('gateway'),
    settings: [],
  });

function dhcpOf(kinds: readonly ('ipv4' | 'ipv6')[]): Interface['dhcp'] {
  const [first, ...others] = new Set(kinds);
  return others.length > 0 ? 'true' : first;
}

function dnsOf(services: Field): string[] {
  const dns = services.items().filter((service) => service.get('type').text() === 'dns');
  return usable(dns.map((service) => service.get('address').addressText()));
}

interface Identity {
  readonly label: string;
  readonly match: Match;
  readonly device: Device;
}

function identityOf(id: string, link: Field, names: Names): Identity | undefined {
  const type = link.get('type').text() ?? '';
  const mac = link.get('ethernet_mac_address').mac();
  const own = mac === undefined ? {} : { mac };
  if (type === 'bond') {
    const members = link
      .get('bond_links')
      .items()
      .flatMap((item) => item.text() ?? []);
    const settings = bondSettings(link.entries().filter(([key]) => key.startsWith('bond_')));
    const name = names.give(link, id, 'bond');
    return { label: name, match: { name }, device: { kind: 'bond', members, settings, ...own } };
  }
  if (type === 'vlan') {
    const vlanId = link.get('vlan_id').integer(0, 4094);
    const parent = link.get('vlan_link').text();
    if (parent === undefined) link.get('vlan_link').refuse('is missing', 'the id of a link');
    if (vlanId === undefined && !link.get('vlan_id').exists)
      link.get('vlan_id').refuse('is missing', 'a number');
    if (vlanId === undefined || parent === undefined) return undefined;
    const vlanMac = link.get('vlan_mac_address').mac() ?? mac;
    const name = names.give(link, id, `vlan${vlanId}`);
    const address = vlanMac === undefined ? {} : { mac: vlanMac };
    return { label: name, match: { name }, device: { kind: 'vlan', vlanId, parent, ...address } };
  }
  if (mac !== undefined) return { label: mac, match: { mac }, device: { kind: 'physical' } };
  if (!link.get('ethernet_mac_address').exists) {
    link.get('ethernet_mac_address').refuse('is missing', 'the MAC address that tells which interface it is');
  }
  return undefined;
}

/** Names for the devices that are made: the link's own, or its id, if the kernel takes it. */
class Names {
  readonly #given = new Set<string>();

  give(link: Field, id: string, kind: string): string {
    const wished = [link.get('name').value, id].filter(
      (text) => typeof text === 'string' && isInterfaceName(text),
    );
    const numbered = Array.from({ length: this.#given.size + 1 }, (_, index) =>
      /\d$/.test(kind) ? `${kind}${index === 0 ? '' : `_${index}`}` : `${kind}${index}`,
    );
    const name =
      [...wished.map(String), ...numbered].find((candidate) => !this.#given.has(candidate)) ?? kind;
    this.#given.add(name);
    return name;
  }
}
