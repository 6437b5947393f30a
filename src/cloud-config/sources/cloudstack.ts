// --from-cloudstack-metadata: the metadata service of CloudStack, which the virtual router is: the machine's
// own DHCP server.
// https://docs.cloudstack.apache.org/en/latest/adminguide/virtual_machines/user-data.html

import { readdirSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { Ec2Session } from './ec2-session.ts';
import type { FetchLimits } from './http.ts';
import { lineSource } from './line-service.ts';
import type { Source } from './source.ts';
import { rootOf } from './web.ts';

/** Where programs that speak DHCP keep their leases, and how they name the server in them. */
const leases = [
  { folder: 'run/systemd/netif/leases', pattern: /^SERVER_ADDRESS=(\S+)$/gm },
  { folder: 'run/NetworkManager/devices', pattern: /^dhcp-server-identifier=(\S+)$/gm },
  { folder: 'var/lib/dhcp', pattern: /option dhcp-server-identifier ([\d.]+);/g },
] as const;

/** The DHCP server of the newest lease below `root`; undefined when there is none. */
export function dhcpServer(root: string): string | undefined {
  for (const { folder, pattern } of leases) {
    for (const name of namesIn(join(root, folder))) {
      // A file of dhclient's has every lease there was, the newest last.
      const servers = [...textOf(join(root, folder, name)).matchAll(pattern)].map(
        ([, server = '']) => server,
      );
      const server = servers.findLast((text) => isIP(text) !== 0);
      if (server !== undefined) return server;
    }
  }
  return undefined;
}

/** The source at that root URL; `dhcp` means the DHCP server of the machine below `machine`. */
export function cloudStackSource(url: string, limits: FetchLimits = {}, machine = '/'): Source {
  const fixed = url === 'dhcp' ? undefined : rootOf(url);
  return lineSource({
    type: 'cloudstack-metadata-service',
    location: url,
    find: async () => {
      const server = fixed === undefined ? dhcpServer(machine) : undefined;
      if (fixed === undefined && server === undefined) return { reason: 'no lease names the DHCP server' };
      const root = fixed ?? `http://${server?.includes(':') ? `[${server}]` : server}/`;
      const version = 'latest/';
      return { session: new Ec2Session(root, { ...limits, proxy: false }), version, base: root + version };
    },
    keys: {
      hostname: ['local-hostname'],
      privateIpv4: ['local-ipv4'],
      publicIpv4: ['public-ipv4'],
    },
  });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
