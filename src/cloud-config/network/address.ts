// Internet addresses, prefixes and MAC addresses: read from untrusted text, and written in one form each.

import { isIP } from 'node:net';

export interface Address {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

export interface Network {
  readonly address: Address;
  readonly prefix: number;
}

const width = (family: 4 | 6): number => (family === 4 ? 32 : 128);

/** The address in a text; an IPv4 address within IPv6 counts as IPv4. Undefined when it is none, or has a zone. */
export function parseAddress(text: string): Address | undefined {
  const family = isIP(text);
  if (family === 4) return { family, bits: bitsOfIpv4(text) };
  if (family !== 6 || text.includes('%')) return undefined;
  const bits = bitsOfIpv6(text);
  return bits >> 32n === 0xffffn ? { family: 4, bits: bits & 0xffff_ffffn } : { family, bits };
}

function bitsOfIpv4(text: string): bigint {
  return text.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function bitsOfIpv6(text: string): bigint {
  const plain = text.replace(/[\d.]+$/, (last) => {
    if (!last.includes('.')) return last;
    const bits = bitsOfIpv4(last);
    return `${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const front = groups(head);
  const back = groups(tail ?? '');
  const all = [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back];
  return all.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

/** The usual text of an address, RFC 5952 for IPv6. */
export function formatAddress({ family, bits }: Address): string {
  const step = family === 4 ? 8 : 16;
  const parts = Array.from({ length: width(family) / step }, (_, index) => {
    const shift = BigInt(width(family) - step * (index + 1));
    return ((bits >> shift) & ((1n << BigInt(step)) - 1n)).toString(family === 4 ? 10 : 16);
  });
  if (family === 4) return parts.join('.');
  const runs = [
    ...parts
      .map((part) => (part === '0' ? '0' : 'x'))
      .join('')
      .matchAll(/0{2,}/g),
  ];
  const [longest] = runs.sort((a, b) => b[0].length - a[0].length || a.index - b.index);
  if (longest === undefined) return parts.join(':');
  const front = parts.slice(0, longest.index).join(':');
  return `${front}::${parts.slice(longest.index + longest[0].length).join(':')}`;
}

/** The length of a prefix, given as such or as a netmask. */
export function parsePrefix(text: string, family: 4 | 6): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text) <= width(family) ? Number(text) : undefined;
  const mask = parseAddress(text);
  if (mask === undefined || mask.family !== family) return undefined;
  const ones = mask.bits.toString(2).replace(/0+$/, '');
  const contiguous =
    mask.bits === 0n || (!ones.includes('0') && mask.bits >> BigInt(width(family) - 1) === 1n);
  return contiguous ? (mask.bits === 0n ? 0 : ones.length) : undefined;
}

/** `ADDRESS/PREFIX`, or an address alone with this prefix; undefined when it is neither. */
export function parseNetwork(
  text: string,
  alone?: (family: 4 | 6) => number | undefined,
): Network | undefined {
  const [host = '', length, ...rest] = text.split('/');
  const address = rest.length === 0 ? parseAddress(host) : undefined;
  if (address === undefined) return undefined;
  const prefix = length === undefined ? alone?.(address.family) : parsePrefix(length, address.family);
  return prefix === undefined ? undefined : { address, prefix };
}

export const hostPrefix = width;

export function formatNetwork({ address, prefix }: Network): string {
  return `${formatAddress(address)}/${prefix}`;
}

/** The network without the bits of a host. */
export function masked({ address, prefix }: Network): Network {
  const shift = BigInt(width(address.family) - prefix);
  return { address: { ...address, bits: (address.bits >> shift) << shift }, prefix };
}

/** Whether the address is in the network. */
export function contains(network: Network, address: Address): boolean {
  if (network.address.family !== address.family) return false;
  const same = masked({ address, prefix: network.prefix });
  return same.address.bits === masked(network).address.bits;
}

/** Whether an address is reachable on every link without an address of its network. */
export function isLinkLocal(address: Address): boolean {
  return address.family === 6 && address.bits >> 118n === 0b1111111010n;
}

/** A MAC address in lower case with colons; hyphens and Cisco's dots are accepted. */
export function parseMac(text: string): string | undefined {
  const digits = text.toLowerCase();
  const form = /^([\da-f]{2}([:-])(?:[\da-f]{2}\2){4}[\da-f]{2}|(?:[\da-f]{4}\.){2}[\da-f]{4})$/;
  if (!form.test(digits)) return undefined;
  return digits.replace(/[^\da-f]/g, '').replace(/..(?!$)/g, '$&:');
}
