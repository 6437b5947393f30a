// Interfaces as clouds list them in JSON of their own, put into cloud-init's form of version 2.

import type { NetworkData } from '../model.ts';
import { parsePrefix } from '../network/address.ts';

export interface ListedInterface {
  /** Without it the interface cannot be told from others, and is left out. */
  readonly mac: string | undefined;
  readonly dhcp4: boolean;
  readonly dhcp6: boolean;
  /** With their prefix. */
  readonly addresses: readonly string[];
  /** Of default routes that DHCP does not give. */
  readonly gateways: readonly string[];
  readonly dns: readonly string[];
}

/** The description of these interfaces; none when there is none to describe. */
export function describeInterfaces(interfaces: readonly ListedInterface[], location: string): NetworkData[] {
  const ethernets = interfaces.flatMap((one, index) => {
    const { mac, dhcp4, dhcp6, addresses, gateways, dns } = one;
    if (mac === undefined || (!dhcp4 && !dhcp6 && addresses.length === 0)) return [];
    const routes = gateways.map((via) => ({ to: via.includes(':') ? '::/0' : '0.0.0.0/0', via }));
    const settings = {
      match: { macaddress: mac },
      dhcp4,
      dhcp6,
      ...(addresses.length === 0 ? {} : { addresses }),
      ...(routes.length === 0 ? {} : { routes }),
      ...(dns.length === 0 ? {} : { nameservers: { addresses: dns } }),
    };
    return [[`nic${index}`, settings]] as const;
  });
  if (ethernets.length === 0) return [];
  return [
    { form: 'cloud-init-v2', data: { version: 2, ethernets: Object.fromEntries(ethernets) }, location },
  ];
}

/** An address with its prefix, which may be given as a netmask; undefined when either is missing. */
export function withPrefix(address: string | undefined, prefix: string | undefined): readonly string[] {
  if (!address || !prefix) return [];
  const length = parsePrefix(prefix, address.includes(':') ? 6 : 4);
  return length === undefined ? [] : [`${address}/${length}`];
}
