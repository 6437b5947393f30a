// cloud-init's network configuration, version 1: a list of devices, name servers and routes.
// https://cloudinit.readthedocs.io/en/latest/reference/network-config-format-v1.html

import { contains, formatNetwork, type Network, parseAddress, parseNetwork } from './address.ts';
import { bare } from './bare.ts';
import { bondSettings } from './bond.ts';
import { bridgeSettings } from './bridge.ts';
import { type Field, usable } from './field.ts';
import type { Device, Interface, Match, Route, Section } from './model.ts';
import { reachable, routeOf } from './routes.ts';
import { subnetsOf } from './subnet.ts';

const deviceTypes = ['physical', 'infiniband', 'bond', 'bridge', 'vlan', 'loopback'] as const;

/** The interfaces that the data describe; global name servers and routes are given to those they fit. */
export function cloudInitV1Interfaces(data: Field): readonly Interface[] {
  const version = data.get('version');
  if (version.plain !== '1') {
    if (version.exists) version.invalid('1 or 2');
    else version.refuse('is missing', '1 or 2');
    return [];
  }
  const items = data.get('config').items();
  if (!data.get('config').exists) data.get('config').refuse('is missing', 'a list of devices');
  const found: Interface[] = [];
  const routes: Field[] = [];
  const servers: Field[] = [];
  for (const item of items) {
    const type = item.get('type').text() ?? '';
    if (type === 'nameserver') servers.push(item);
    else if (type === 'route') routes.push(item);
    else found.push(...(deviceIn(item) ?? []));
  }
  return withRoutes(withServers(found, servers), routes);
}

function deviceIn(item: Field): readonly Interface[] | undefined {
  const type = item.get('type').word(deviceTypes);
  if (type === undefined) {
    if (!item.get('type').exists) item.get('type').refuse('is missing', `one of ${deviceTypes.join(', ')}`);
    return undefined;
  }
  const name = item.get('name').interfaceName();
  if (name === undefined) {
    if (!item.get('name').exists) item.get('name').refuse('is missing', 'the name of the interface');
    return undefined;
  }
  item.expectKeys(keysOf[type]);
  const made = deviceOf(type, name, item);
  if (made === undefined) return undefined;
  const subnets = subnetsOf(item.get('subnets'));
  if (type === 'loopback' && subnets.networks.length === 0) return undefined;
  const link: [string, string][] = [];
  const mtu = item.get('mtu').integer(68, 65_535);
  if (mtu !== undefined) link.push(['MTUBytes', `${mtu}`]);
  if (subnets.manual) link.push(['RequiredForOnline', 'no'], ['ActivationPolicy', 'manual']);
  const accepts = item.get('accept-ra').boolean() ?? (subnets.acceptsRa ? true : undefined);
  const sections: Section[] = link.length === 0 ? [] : [{ name: 'Link', settings: link }];
  return [
    {
      ...bare(name, item.path),
      ...made,
      ...(subnets.dhcp === undefined ? {} : { dhcp: subnets.dhcp }),
      domains: subnets.domains,
      dns: subnets.dns,
      addresses: subnets.networks.map(formatNetwork),
      routes: subnets.routes,
      settings: accepts === undefined ? [] : [['IPv6AcceptRA', accepts ? 'yes' : 'no']],
      sections,
      lost: subnets.lost,
    },
  ];
}

const common = ['type', 'name', 'mac_address', 'mtu', 'subnets', 'accept-ra', 'keep_configuration'];
const keysOf: Readonly<Record<(typeof deviceTypes)[number], readonly string[]>> = {
  physical: [...common, 'wakeonlan'],
  infiniband: common,
  loopback: common,
  bond: [...common, 'bond_interfaces', 'params'],
  bridge: [...common, 'bridge_interfaces', 'params'],
  vlan: [...common, 'vlan_link', 'vlan_id'],
};

function deviceOf(
  type: (typeof deviceTypes)[number],
  name: string,
  item: Field,
): { readonly device: Device; readonly match: Match } | undefined {
  const mac = item.get('mac_address').mac();
  const own = mac === undefined ? {} : { mac };
  const params = item.get('params').entries();
  const membersIn = (key: string) =>
    usable(
      item
        .get(key)
        .items()
        .map((member) => member.interfaceName()),
    );
  if (type === 'bond') {
    const members = membersIn('bond_interfaces');
    const first = params.find(([key]) => /^(bond[-_])?primary$/.test(key))?.[1].interfaceName();
    const primary = first === undefined ? {} : { primary: first };
    return {
      match: { name },
      device: { kind: 'bond', members, settings: bondSettings(params), ...primary, ...own },
    };
  }
  if (type === 'bridge') {
    const members = membersIn('bridge_interfaces');
    return { match: { name }, device: { kind: 'bridge', members, ...bridgeSettings(params), ...own } };
  }
  if (type === 'vlan') {
    const vlanId = item.get('vlan_id').integer(0, 4094);
    const parent = item.get('vlan_link').interfaceName();
    for (const key of ['vlan_id', 'vlan_link']) if (!item.get(key).exists) item.get(key).refuse('is missing');
    if (vlanId === undefined || parent === undefined) return undefined;
    return { match: { name }, device: { kind: 'vlan', vlanId, parent, ...own } };
  }
  if (item.get('mac_address').exists && mac === undefined) return undefined;
  // The one with that MAC address is meant, whatever it is called now; it is to get the name.
  if (mac !== undefined) return { match: { mac }, device: { kind: 'physical', setName: name } };
  return { match: { name }, device: { kind: 'physical' } };
}

const isConfigured = ({ addresses, dhcp }: Interface): boolean => addresses.length > 0 || dhcp !== undefined;

/** Name servers for all belong to every interface that has an address. */
function withServers(interfaces: readonly Interface[], servers: readonly Field[]): readonly Interface[] {
  return servers.reduce((all, server) => {
    const dns = usable(
      server
        .get('address')
        .items()
        .map((item) => item.addressText()),
    );
    const domains = usable(
      server
        .get('search')
        .items()
        .map((item) => item.domain()),
    );
    const only = server.get('interface').text();
    return all.map((one) =>
      (only === undefined ? isConfigured(one) : one.id === only)
        ? { ...one, dns: [...one.dns, ...dns], domains: [...one.domains, ...domains] }
        : one,
    );
  }, interfaces);
}

/** A route for all goes to the interface in whose network its gateway is. */
function withRoutes(interfaces: readonly Interface[], routes: readonly Field[]): readonly Interface[] {
  const all = [...interfaces];
  for (const field of routes) {
    const route = globalRoute(field);
    const gateway = parseAddress(route?.gateway ?? '');
    if (route === undefined) continue;
    if (gateway === undefined) {
      field.get('gateway').refuse('is missing', 'an IP address');
      continue;
    }
    const holds = (one: Interface) => networksOf(one).some((network) => contains(network, gateway));
    const near = all.findIndex(holds);
    const at = near === -1 ? all.findIndex(isConfigured) : near;
    const one = all[at];
    if (one === undefined) field.refuse('there is no interface that the route could go over');
    else all[at] = { ...one, routes: [...one.routes, reachable(route, gateway, networksOf(one))] };
  }
  return all;
}

const networksOf = (one: Interface): Network[] => usable(one.addresses.map((text) => parseNetwork(text)));

function globalRoute(field: Field): Route | undefined {
  const metric = field.get('metric').integer(0, 4_294_967_295);
  const destination = field.get('destination').exists ? field.get('destination') : field.get('network');
  return routeOf({
    destination,
    netmask: field.get('netmask'),
    gateway: field.get('gateway'),
    settings: metric === undefined ? [] : [['Metric', `${metric}`]],
  });
}
