// The `subnets` of a device in cloud-init's version 1: how it gets its addresses, and what goes with them.

import { type Network, parseAddress } from './address.ts';
import { type Field, usable } from './field.ts';
import type { Interface, Route } from './model.ts';
import { defaultRouteBy, reachable, routeOf } from './routes.ts';

export interface Subnets {
  readonly dhcp?: Exclude<Interface['dhcp'], undefined>;
  readonly acceptsRa: boolean;
  /** The device is not to come up by itself. */
  readonly manual: boolean;
  readonly networks: readonly Network[];
  readonly routes: readonly Route[];
  readonly dns: readonly string[];
  readonly domains: readonly string[];
  /** There should be addresses, and none can be used. */
  readonly lost: boolean;
}

const kinds = [
  'dhcp',
  'dhcp4',
  'dhcp6',
  'ipv6_dhcpv6-stateful',
  'ipv6_dhcpv6-stateless',
  'ipv6_slaac',
  'static',
  'static6',
  'manual',
  'loopback',
] as const;

/** What the subnets of a device say together. */
export function subnetsOf(field: Field): Subnets {
  const subnets = field.items().filter((item) => item.get('type').exists || item.refuse('has no type'));
  const typed = subnets.map((item) => ({ item, kind: item.get('type').word(kinds) }));
  const has = (...some: readonly string[]) =>
    typed.some(({ kind }) => kind !== undefined && some.includes(kind));
  const dhcp4 = has('dhcp', 'dhcp4');
  const dhcp6 = has('dhcp6', 'ipv6_dhcpv6-stateful');
  const dhcp = dhcp4 && dhcp6 ? 'true' : dhcp4 ? 'ipv4' : dhcp6 ? 'ipv6' : undefined;
  const fixed = typed.filter(({ kind }) => kind === 'static' || kind === 'static6').map(({ item }) => item);
  const networks = usable(fixed.map((item) => networkOf(item)));
  const routes = usable(subnets.flatMap((item) => routesOf(item))).map((route) => {
    const gateway = parseAddress(route.gateway ?? '');
    const known = gateway === undefined || dhcp !== undefined;
    return known ? route : reachable(route, gateway, networks);
  });
  const words = (key: string) => subnets.flatMap((item) => item.get(key).items()).flatMap(wordsOf);
  return {
    ...(dhcp === undefined ? {} : { dhcp }),
    acceptsRa: dhcp6 || has('ipv6_dhcpv6-stateless', 'ipv6_slaac'),
    manual: subnets.length > 0 && subnets.every((item) => item.get('control').value === 'manual'),
    networks,
    routes,
    dns: usable(words('dns_nameservers').map((word) => word.addressText())),
    domains: usable(words('dns_search').map((word) => word.domain())),
    lost: fixed.length > 0 && networks.length === 0 && dhcp === undefined,
  };
}

const wordsOf = (field: Field): Field[] =>
  (field.text() ?? '').split(/[\s,]+/).flatMap((word) => (word === '' ? [] : field.at(word, field.path)));

function networkOf(item: Field): Network | undefined {
  const address = item.get('address');
  if (!address.exists) return address.refuse('is missing', 'an IP address');
  return address.network(item.get('netmask'));
}

function routesOf(item: Field): (Route | undefined)[] {
  const gateway = item.get('gateway');
  const listed = item.get('routes').items().map(routeIn);
  return gateway.exists ? [defaultRouteBy(gateway), ...listed] : listed;
}

function routeIn(field: Field): Route | undefined {
  const metric = field.get('metric').integer(0, 4_294_967_295);
  return routeOf({
    destination: field.get('network').exists ? field.get('network') : field.get('destination'),
    netmask: field.get('netmask').exists ? field.get('netmask') : field.get('prefix'),
    gateway: field.get('gateway'),
    settings: metric === undefined ? [] : [['Metric', `${metric}`]],
  });
}
