// DigitalOcean's v1.json: `interfaces.public[]` and `.private[]`, known by their MAC addresses; `dns.nameservers`.

import { formatNetwork, type Network, parseAddress } from './address.ts';
import { bare } from './bare.ts';
import { type Field, usable } from './field.ts';
import type { Interface, Route } from './model.ts';
import { defaultRouteBy, reachable } from './routes.ts';

/** The interfaces; only a public one has the default routes and asks the name servers. */
export function digitaloceanInterfaces(data: Field): readonly Interface[] {
  const dns = usable(
    data
      .get('dns')
      .get('nameservers')
      .items()
      .map((item) => item.addressText()),
  );
  return data
    .get('interfaces')
    .entries()
    .flatMap(([, list]) => list.items().flatMap((item) => interfaceOf(item, dns) ?? []));
}

function interfaceOf(field: Field, dns: readonly string[]): Interface | undefined {
  const isPublic = field.get('type').text() !== 'private';
  const mac = field.get('mac').mac();
  if (mac === undefined) {
    if (!field.get('mac').exists) field.get('mac').refuse('is missing', 'a MAC address');
    return undefined;
  }
  const blocks = ['ipv4', 'ipv6', 'anchor_ipv4']
    .map((key) => field.get(key))
    .filter((block) => isGiven(block));
  const found: Network[] = [];
  const routes: Route[] = [];
  for (const block of blocks) {
    const mask = block.get('netmask').exists ? block.get('netmask') : block.get('cidr');
    const network = block.get('ip_address').network(mask);
    if (network === undefined) continue;
    found.push(network);
    // The anchor is an address for traffic of a reserved IP; it is no way out.
    if (!isPublic || block.path.endsWith('anchor_ipv4')) continue;
    const route = block.get('gateway').value === '' ? undefined : defaultRouteBy(block.get('gateway'));
    if (route !== undefined) routes.push(route);
  }
  return {
    ...bare(mac, field.path),
    match: { mac },
    dns: isPublic ? dns : [],
    addresses: found.map(formatNetwork),
    routes: routes.map((route) => {
      const gateway = parseAddress(route.gateway ?? '');
      return gateway === undefined ? route : reachable(route, gateway, found);
    }),
    lost: blocks.length > 0 && found.length === 0,
  };
}

/** DigitalOcean leaves `{}` or empty texts where there is no address. */
const isGiven = (block: Field): boolean =>
  block.get('ip_address').exists && block.get('ip_address').value !== '';
