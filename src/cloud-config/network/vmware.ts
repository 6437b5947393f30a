// VMware's guestinfo: `interface.N.…`, `dns.server.N` and `dns.domain.N`, counted from 0 to the first gap.

import { formatAddress, formatNetwork, masked } from './address.ts';
import { type Field, usable } from './field.ts';
import type { Interface, Route } from './model.ts';

/** The interfaces; the name servers and domains belong to each that has addresses. */
export function vmwareInterfaces(data: Field): readonly Interface[] {
  const keys = new Keys(data);
  const dns = usable(keys.series('dns.server').map((field) => field.addressText()));
  const domains = usable(keys.series('dns.domain').map((field) => field.domain()));
  const found: Interface[] = [];
  for (let number = 0; ; number++) {
    const one = interfaceOf(keys, number);
    if (one === undefined) break;
    if (one.match.name !== undefined || one.match.mac !== undefined) found.push(one);
  }
  // Without an address anywhere the name servers would be lost.
  const all = !found.some(({ addresses, routes }) => addresses.length + routes.length > 0);
  return found.map((one) =>
    all || one.addresses.length + one.routes.length > 0 ? { ...one, dns, domains } : one,
  );
}

function interfaceOf(keys: Keys, number: number): Interface | undefined {
  const prefix = `interface.${number}`;
  const given = keys.series(`${prefix}.ip`, '.address');
  const addresses = usable(given.map((field) => field.network()));
  const routes: Route[] = [];
  let ways = 0;
  for (
    ;
    keys.has(`${prefix}.route.${ways}.gateway`) || keys.has(`${prefix}.route.${ways}.destination`);
    ways++
  ) {
    const route = routeOf(keys, `${prefix}.route.${ways}`);
    if (route !== undefined) routes.push(route);
  }
  const dhcp = keys.get(`${prefix}.dhcp`).word(['yes', 'no']) === 'yes';
  if (given.length === 0 && ways === 0 && !dhcp) return undefined;
  const name = keys.get(`${prefix}.name`).interfaceName();
  const mac = keys.get(`${prefix}.mac`).mac();
  if (name === undefined && mac === undefined) {
    keys.get(prefix).refuse('has neither a name nor a mac', `${prefix}.name or ${prefix}.mac`);
  }
  const label = name ?? mac ?? '';
  return {
    id: label,
    label,
    field: prefix,
    device: { kind: 'physical' },
    match: { ...(name === undefined ? {} : { name }), ...(mac === undefined ? {} : { mac }) },
    // As the original has it: with an address or a route DHCP is not asked.
    ...(given.length === 0 && ways === 0 ? { dhcp: 'true' as const } : {}),
    domains: [],
    dns: [],
    addresses: addresses.map(formatNetwork),
    routes,
    settings: [],
    sections: [],
    depth: 0,
    lost: given.length > 0 && addresses.length === 0,
  };
}

function routeOf(keys: Keys, prefix: string): Route | undefined {
  const gateway = keys.get(`${prefix}.gateway`);
  const destination = keys.get(`${prefix}.destination`);
  if (!gateway.exists) return gateway.refuse('is missing', 'an IP address');
  if (!destination.exists) return destination.refuse('is missing', 'a network as 0.0.0.0/0');
  const next = gateway.address();
  const network = destination.network();
  if (next === undefined || network === undefined) return undefined;
  if (next.family !== network.address.family) {
    return gateway.refuse('is of another family than the destination');
  }
  return { destination: formatNetwork(masked(network)), gateway: formatAddress(next), settings: [] };
}

/** Keys with or without the word `guestinfo.` in front. */
class Keys {
  readonly #data: Field;

  constructor(data: Field) {
    this.#data = data;
  }

  get(key: string): Field {
    const short = this.#data.get(key);
    // An empty value is what the hypervisor gives for none.
    const long = this.#data.get(`guestinfo.${key}`);
    const found = !short.exists && long.exists ? long : short;
    return found.value === '' ? found.at(undefined, found.path) : found;
  }

  has(key: string): boolean {
    return this.get(key).exists;
  }

  /** The values of `prefix.0`, `prefix.1` and so on, to the first gap. */
  series(prefix: string, suffix = ''): Field[] {
    const found: Field[] = [];
    while (this.has(`${prefix}.${found.length}${suffix}`)) {
      found.push(this.get(`${prefix}.${found.length}${suffix}`));
    }
    return found;
  }
}
