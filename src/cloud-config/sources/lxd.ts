// --from-lxd: what LXD and Incus tell an instance over the socket inside it.
// https://documentation.ubuntu.com/lxd/en/latest/dev-lxd/

import { existsSync } from 'node:fs';
import type { SeedPart } from './seed.ts';
import { seedSource } from './seed.ts';
import type { Source } from './source.ts';

export const usualLxdSocket = '/dev/lxd/sock';

/** Where each document is, the first that is there counts: the newer names before those of old. */
const paths: Readonly<Record<SeedPart, readonly string[]>> = {
  'user-data': ['config/cloud-init.user-data', 'config/user.user-data'],
  'vendor-data': ['config/cloud-init.vendor-data', 'config/user.vendor-data'],
  'network-config': ['config/cloud-init.network-config', 'config/user.network-config'],
  'meta-data': ['meta-data'],
};

/** The source behind that unix socket. */
export function lxdSource(socketPath: string): Source {
  return seedSource({
    type: 'lxd',
    location: socketPath,
    mayAppear: true,
    available: async () => existsSync(socketPath),
    read: async (part, signal) => {
      const { fetchOptional } = await import('./http.ts');
      for (const path of paths[part]) {
        const found = await fetchOptional(`http://lxd/1.0/${path}`, { signal, socketPath, tries: 5 });
        if (found !== undefined) return found;
      }
      return undefined;
    },
  });
}
