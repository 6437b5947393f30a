// --from-fw-cfg: what QEMU was given with -fw_cfg name=opt/…,file=…, as the kernel shows it in sysfs.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readBounded } from './read.ts';
import { type SeedPart, seedSource } from './seed.ts';
import type { Source } from './source.ts';

export const usualFwCfg = '/sys/firmware/qemu_fw_cfg/by_name';

/** Names of each document, the first that is there counts. Ours first, then those of the images we follow. */
const names: Readonly<Record<SeedPart, readonly string[]>> = {
  'user-data': [
    'opt/keelson/cloud-config',
    'opt/keelson/user-data',
    'opt/org.flatcar-linux/config',
    'opt/com.coreos/config',
  ],
  'meta-data': ['opt/keelson/meta-data'],
  'vendor-data': ['opt/keelson/vendor-data'],
  'network-config': ['opt/keelson/network-config'],
};

/** The source of that folder, which holds NAME/raw for each name. */
export function fwCfgSource(directory: string): Source {
  const fileOf = (part: SeedPart) =>
    names[part].map((name) => join(directory, name, 'raw')).find((path) => existsSync(path));
  return seedSource({
    type: 'qemu-fw-cfg',
    location: fileOf('user-data') ?? directory,
    mayAppear: false,
    read: async (part) => {
      const path = fileOf(part);
      return path === undefined ? undefined : readBounded(path);
    },
  });
}

/** The document that would be read, for who decides which source it is. */
export function fwCfgUserData(directory: string): string | undefined {
  return names['user-data'].find((name) => existsSync(join(directory, name, 'raw')));
}
