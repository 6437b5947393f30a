// Who this machine is and where it is reached.

import { readFile } from 'node:fs/promises';
import { availableParallelism, type NetworkInterfaceInfo, networkInterfaces, totalmem } from 'node:os';
import { readFileIfExists } from '../host/index.ts';
import { fleetErrors } from './errors.ts';
import type { Capacity } from './model.ts';

/** The ID in /etc/machine-id. Throws `fleet.config` when there is none. */
export async function machineId(path = '/etc/machine-id'): Promise<string> {
  const id = (await readFileIfExists(path))?.trim() ?? '';
  if (/^[A-Za-z0-9_.-]+$/.test(id)) return id;
  throw fleetErrors.error('config', `${path} holds no machine ID: run systemd-machine-id-setup.`);
}

/** The address to publish: of the interface with the default route, IPv4 before IPv6; "" without any. */
export async function publicAddress(): Promise<string> {
  const routes = await readFile('/proc/net/route', 'utf8').catch(() => '');
  const routes6 = await readFile('/proc/net/ipv6_route', 'utf8').catch(() => '');
  const interfaces = networkInterfaces();
  const v4 = addressOf(interfaces[defaultInterface(routes) ?? ''], 'IPv4');
  return v4 ?? addressOf(interfaces[defaultInterface6(routes6) ?? ''], 'IPv6') ?? '';
}

/** What this machine can carry where nobody set another limit: its memory and its processors. */
export function machineCapacity(): Capacity {
  return { memoryBytes: totalmem(), cpuMillis: availableParallelism() * 1000 };
}

/** The interface of the default route with the smallest metric, from the text of /proc/net/route. */
export function defaultInterface(routes: string): string | undefined {
  const rows = routes
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter(([, destination, , , , , , mask]) => destination === '00000000' && mask?.trim() === '00000000')
    .sort((a, b) => Number(a[6]) - Number(b[6]));
  return rows[0]?.[0];
}

/** The same from the text of /proc/net/ipv6_route; the loopback's unreachable default does not count. */
export function defaultInterface6(routes: string): string | undefined {
  const rows = routes
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((row) => /^0{32}$/.test(row[0] ?? '') && row[1] === '00' && row[9] !== 'lo')
    .sort((a, b) => Number.parseInt(a[5] ?? '0', 16) - Number.parseInt(b[5] ?? '0', 16));
  return rows[0]?.[9];
}

function addressOf(
  infos: readonly NetworkInterfaceInfo[] | undefined,
  family: 'IPv4' | 'IPv6',
): string | undefined {
  const global = (address: string) => !/^(169\.254\.|127\.|fe[89ab]|::1$)/i.test(address);
  return infos?.find((info) => info.family === family && !info.internal && global(info.address))?.address;
}
