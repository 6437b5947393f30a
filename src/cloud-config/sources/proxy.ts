// Which proxy a request goes through, as the environment says. Pure.

import { BlockList, isIP } from 'node:net';
import { cloudConfigErrors } from '../errors.ts';

/** Addresses that only this machine, or the host it runs on, can answer for. */
const near = new BlockList();
near.addSubnet('127.0.0.0', 8);
near.addSubnet('169.254.0.0', 16);
near.addAddress('::1', 'ipv6');
near.addSubnet('fe80::', 10, 'ipv6');
// The metadata services of EC2 and of Linode.
near.addAddress('fd00:ec2::254', 'ipv6');
near.addAddress('fd00:a9fe:a9fe::1', 'ipv6');

const nearNames = ['localhost', 'metadata.google.internal', 'metadata'];

/**
 * The proxy for that URL by HTTP_PROXY, HTTPS_PROXY and NO_PROXY (or the same in small letters), or
 * undefined for a direct connection. NO_PROXY lists, separated by commas: `*`, names (their subdomains
 * count as well, and with a leading dot only these), addresses, networks as `10.0.0.0/8`; names and addresses
 * with a port if need be. Metadata services on link-local addresses are never asked through a proxy, whose
 * own metadata would come back.
 */
export function proxyFor(url: URL, environment: NodeJS.ProcessEnv): URL | undefined {
  const variable = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = environment[variable] || environment[variable.toLowerCase()];
  if (value === undefined || value === '') return undefined;
  const host = hostOf(url);
  if (isNear(host)) return undefined;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const exceptions = environment['NO_PROXY'] || environment['no_proxy'] || '';
  if (exceptions.split(',').some((entry) => excepts(entry.trim().toLowerCase(), host, port)))
    return undefined;
  const text = /^[a-z0-9+.-]+:\/\//i.test(value) ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy === undefined || !/^https?:$/.test(proxy.protocol)) {
    throw cloudConfigErrors.error('source', `${variable} does not hold the URL of an http proxy.`);
  }
  return proxy;
}

/** The host of a URL without the brackets of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

function isNear(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return nearNames.includes(host);
  return near.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

function excepts(entry: string, host: string, port: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  if (entry.includes('/')) return withinNetwork(entry, host);
  const [, name = '', wantedPort] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const plain = name.replace(/^\[(.*)\]$/, '$1').replace(/^\*/, '');
  if (isIP(plain) !== 0 || isIP(host) !== 0) return plain === host;
  return plain.startsWith('.') ? host.endsWith(plain) : host === plain || host.endsWith(`.${plain}`);
}

function withinNetwork(entry: string, host: string): boolean {
  const [network = '', bits = ''] = entry.split('/');
  const family = isIP(network);
  const prefix = Number(bits);
  if (family === 0 || isIP(host) !== family || !(prefix <= (family === 6 ? 128 : 32))) return false;
  const list = new BlockList();
  const kind = family === 6 ? 'ipv6' : 'ipv4';
  list.addSubnet(network, prefix, kind);
  return list.check(host, kind);
}
