// --from-cloudsigma-metadata: CloudSigma's server context, asked over the second serial port.
// https://docs.cloudsigma.com/en/latest/server_context.html

import { readdir, readFile } from 'node:fs/promises';
import type { NetworkInterfaceInfo } from 'node:os';
import { join } from 'node:path';
import { cloudConfigErrors } from '../errors.ts';
import type { Metadata } from '../model.ts';
import { isObject, listAt, textAt } from './json.ts';
import type { Source } from './source.ts';

export interface CloudSigmaPlace {
  readonly device?: string;
  /** Where /sys and /run are looked for. */
  readonly root?: string;
  readonly timeoutMs?: number;
  readonly interfaces?: () => NodeJS.Dict<NetworkInterfaceInfo[]>;
}

/** The source of this machine's server context. */
export function cloudSigmaSource(place: CloudSigmaPlace = {}): Source {
  const { device = '/dev/ttyS1', root = '/', timeoutMs = 10_000 } = place;
  const ask = async (key: string, signal: AbortSignal): Promise<unknown> => {
    const { askOverSerial } = await import('./serial.ts');
    const line = { device, baud: 115_200, end: 0x04, timeoutMs, signal };
    const answer = await askOverSerial(`<\n${key}\n>`, line);
    try {
      return JSON.parse(answer);
    } catch (cause) {
      throw cloudConfigErrors.error(
        'source',
        `${device} answered ${JSON.stringify(key)} with what is not JSON.`,
        {
          cause,
        },
      );
    }
  };
  return {
    type: 'server-context',
    location: device,
    // The lease of an address is waited for.
    mayAppear: true,
    available: async () => {
      const product = await readFile(join(root, 'sys/class/dmi/id/product_name'), 'utf8').catch(() => '');
      const leases = await readdir(join(root, 'run/systemd/netif/leases')).catch(() => []);
      return product.startsWith('CloudSigma') && leases.length > 0;
    },
    userData: async (signal) => userDataOf(await ask('/meta/', signal), device),
    metadata: async (signal) => {
      const context = await ask('', signal);
      const { networkInterfaces } = await import('node:os');
      return contextMetadata(context, (place.interfaces ?? networkInterfaces)());
    },
  };
}

function userDataOf(meta: unknown, device: string): Uint8Array {
  const field = 'cloudinit-user-data';
  const text = textAt(meta, field) ?? '';
  const packed = (textAt(meta, 'base64_fields') ?? '').split(',').map((name) => name.trim());
  if (!packed.includes(field)) return Buffer.from(text, 'utf8');
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) {
    throw cloudConfigErrors.error('source', `${field} from ${device} is said to be base64 and is not.`);
  }
  return Buffer.from(text, 'base64');
}

/** What a server context says of the machine. */
export function contextMetadata(context: unknown, interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): Metadata {
  const name = textAt(context, 'name') || textAt(context, 'uuid');
  const uuid = textAt(context, 'uuid');
  const key = textAt(context, 'meta', 'ssh_public_key')?.trim();
  const nics = listAt(context, 'nics').filter(isObject);
  const publicAddress = nics.map((nic) => textAt(nic, 'ip_v4_conf', 'ip', 'uuid')).findLast(Boolean);
  const local = Object.values(interfaces).flatMap((list) => list ?? []);
  const privateAddress = nics
    .filter((nic) => textAt(nic, 'vlan', 'uuid') !== undefined)
    .map((nic) => textAt(nic, 'mac')?.toLowerCase())
    .map((mac) => local.find((one) => one.family === 'IPv4' && one.mac.toLowerCase() === mac)?.address)
    .find((address) => address !== undefined);
  return {
    sshKeys: key ? [key] : [],
    addresses: {
      ...(publicAddress === undefined ? {} : { public_ipv4: publicAddress }),
      ...(privateAddress === undefined ? {} : { private_ipv4: privateAddress }),
    },
    ...(name ? { hostname: name } : {}),
    ...(uuid === undefined ? {} : { instanceId: uuid }),
  };
}
