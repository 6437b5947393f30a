// /etc/network/interfaces as OpenStack's config drives carry it (`network_config`), for interfaces(5) of
// ifupdown with its extensions for bonds, VLANs and bridges.

import { formatAddress, formatNetwork } from './address.ts';
import { bare } from './bare.ts';
import { bondSettings } from './bond.ts';
import { bridgeSettings } from './bridge.ts';
import { routeOfCommand } from './debian-routes.ts';
import { parseStanzas, type Stanza } from './debian-stanzas.ts';
import { defaultRoute, type Field, usable } from './field.ts';
import type { Device, Interface, Route, Section } from './model.ts';

const known = new Set(
  `address netmask gateway hwaddress dns-nameserver dns-nameservers dns-search dns-domain post-up up mtu
   vlan-raw-device vlan-id metric broadcast network pointopoint scope accept-ra`.split(/\s+/),
);
/** Commands that run when an interface goes, and hooks of ifupdown: nothing to tell networkd. */
const dropped = /^(pre-up|pre-down|down|post-down|autoconf|dad-attempts|privext|preferred-lifetime)$/;

/** The interfaces that a text describes. */
export function debianInterfaces(data: Field): readonly Interface[] {
  if (typeof data.value !== 'string') {
    data.refuse('is not a text', 'the text of an /etc/network/interfaces');
    return [];
  }
  const byName = new Map<string, Stanza[]>();
  for (const stanza of parseStanzas(data)) {
    if (stanza.method === 'loopback') continue;
    byName.set(stanza.name, [...(byName.get(stanza.name) ?? []), stanza]);
  }
  const found = new Map<string, Interface>();
  const claims = claimsOf(byName);
  for (const [name, stanzas] of byName) {
    const one = interfaceOf(name, stanzas, claims.get(name) ?? []);
    if (one !== undefined) found.set(name, one);
  }
  // Members and parents without a stanza of their own.
  for (const { device, field } of [...found.values()]) {
    const others = 'members' in device ? device.members : device.kind === 'vlan' ? [device.parent] : [];
    for (const name of others) if (!found.has(name) && !byName.has(name)) found.set(name, bare(name, field));
  }
  return [...found.values()];
}

/** The interfaces that name a bond as theirs, by the bond. */
function claimsOf(all: ReadonlyMap<string, readonly Stanza[]>): ReadonlyMap<string, readonly string[]> {
  const claims = new Map<string, string[]>();
  for (const [member, stanzas] of all) {
    const bond = new Options(stanzas).last('bond-master')?.text();
    if (bond !== undefined) claims.set(bond, [...(claims.get(bond) ?? []), member]);
  }
  return claims;
}

function interfaceOf(
  name: string,
  stanzas: readonly Stanza[],
  claims: readonly string[],
): Interface | undefined {
  const options = new Options(stanzas);
  const [first] = stanzas;
  const device = first === undefined ? undefined : deviceOf(name, first.head, options, claims);
  if (first === undefined || device === undefined) return undefined;
  const parts = stanzas.map(addressing);
  const static_ = stanzas.filter(({ method }) => method === 'static');
  const addresses = usable(parts.map(({ address }) => address));
  const dhcp = parts.flatMap((part) => (part.dhcp === undefined ? [] : [part.dhcp]));
  const mtu = options.last('mtu')?.integer(68, 65_535);
  const sections: Section[] = mtu === undefined ? [] : [{ name: 'Link', settings: [['MTUBytes', `${mtu}`]] }];
  for (const [key, field] of options.all) {
    if (known.has(key) || dropped.test(key) || /^(bond|bridge)-/.test(key)) continue;
    field.warn('is not known here and is ignored');
  }
  return {
    ...bare(name, first.head.path),
    device,
    ...(dhcp.length === 0 ? {} : { dhcp: 'true' as const }),
    domains: usable(options.words('dns-search', 'dns-domain').map((word) => word.domain())),
    dns: usable(options.words('dns-nameserver', 'dns-nameservers').map((word) => word.addressText())),
    addresses,
    routes: parts.flatMap(({ routes }) => routes),
    sections,
    lost: static_.length > 0 && addresses.length === 0 && dhcp.length === 0,
  };
}

interface Addressing {
  readonly address?: string;
  readonly dhcp?: true;
  readonly routes: readonly Route[];
}

/** What a stanza of its own says of addresses. */
function addressing({ method, family, head, options }: Stanza): Addressing {
  const one = new Options([{ options }]);
  const routes = options.flatMap(([key, field]) =>
    key === 'post-up' || key === 'up' ? (routeOfCommand(field) ?? []) : [],
  );
  if (method === 'manual' || (method === 'auto' && family === 'inet6')) return { routes };
  if (method === 'dhcp') return { dhcp: true, routes };
  if (method !== 'static') {
    head.at(method, head.path).invalid('a method: static, dhcp, manual or loopback');
    return { routes };
  }
  const address = one.last('address');
  const network = address?.network(one.last('netmask'));
  if (address === undefined) head.refuse('malformed static network config: there is no "address"');
  const gateway = one.last('gateway')?.address();
  const way: Route[] =
    gateway === undefined
      ? []
      : [
          {
            destination: formatNetwork(defaultRoute(gateway.family)),
            gateway: formatAddress(gateway),
            settings: [],
          },
        ];
  return {
    ...(network === undefined ? {} : { address: formatNetwork(network) }),
    routes: [...way, ...routes],
  };
}

function deviceOf(
  name: string,
  head: Field,
  options: Options,
  claims: readonly string[],
): Device | undefined {
  const mac = macOf(options);
  const own = mac === undefined ? {} : { mac };
  const [, base, id] = /^(.+)\.(\d+)$/.exec(name) ?? [];
  const raw = options.last('vlan-raw-device');
  if (raw !== undefined || name.includes('.')) {
    const parent = raw?.interfaceName() ?? base;
    const number = options.last('vlan-id')?.value ?? id ?? /^vlan(\d+)$/.exec(name)?.[1];
    const where = raw ?? head;
    const vlanId =
      number === undefined ? undefined : where.at(number, `${where.path}: VLAN id`).integer(0, 4094);
    if (vlanId !== undefined && parent !== undefined) return { kind: 'vlan', vlanId, parent, ...own };
    return where.refuse(`malformed vlan name ${JSON.stringify(name)}`, 'eth0.7 or vlan7');
  }
  const slaves = membersOf(options.words('bond-slaves'));
  if (options.has('bond-slaves') || claims.length > 0) {
    const members = [...new Set([...slaves, ...claims])];
    const settings = bondSettings(options.all.filter(([key]) => key.startsWith('bond-')));
    const primary = options.words('bond-primary')[0]?.interfaceName();
    return { kind: 'bond', members, settings, ...(primary === undefined ? {} : { primary }), ...own };
  }
  if (options.has('bridge-ports')) {
    const bridge = bridgeSettings(options.all.filter(([key]) => key.startsWith('bridge-')));
    return { kind: 'bridge', members: membersOf(options.words('bridge-ports')), ...bridge, ...own };
  }
  if (mac !== undefined)
    options.last('hwaddress')?.warn('is not applied to an interface that is not virtual');
  return { kind: 'physical' };
}

const membersOf = (words: readonly Field[]): string[] =>
  usable(words.map((word) => (word.value === 'none' ? undefined : word.interfaceName())));

/** `hwaddress ether MAC`, or `hwaddress MAC` as ifupdown takes it today. */
function macOf(options: Options): string | undefined {
  const field = options.last('hwaddress');
  const text = field?.text()?.replace(/^ether\s+/, '');
  return field === undefined || text === 'random' ? undefined : field.at(text, field.path).mac();
}

/** The options of one or several stanzas. */
class Options {
  readonly all: readonly (readonly [string, Field])[];

  constructor(stanzas: readonly Pick<Stanza, 'options'>[]) {
    this.all = stanzas.flatMap(({ options }) => options);
  }

  has(key: string): boolean {
    return this.all.some(([name]) => name === key);
  }

  /** Of an option that is there several times the last one counts. */
  last(key: string): Field | undefined {
    return this.all.findLast(([name]) => name === key)?.[1];
  }

  /** The words of all options of these names. */
  words(...keys: readonly string[]): Field[] {
    return this.all.flatMap(([name, field]) =>
      keys.includes(name)
        ? (field.text() ?? '').split(/\s+/).flatMap((word) => (word === '' ? [] : field.at(word, field.path)))
        : [],
    );
  }
}
