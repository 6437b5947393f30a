// What the planner must know of the machine, read once.

import { access, constants } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readFileIfExists } from '../../host/index.ts';
import { addressVariable } from '../keys/environment.ts';
import type { Facts, Metadata } from '../model.ts';
import type { AddressOf } from '../parse/substitute.ts';

/** Reads the facts below that root. */
export async function readFacts(root: string, keySet: string): Promise<Facts> {
  const read = (path: string) => readFileIfExists(join(root, path));
  return {
    hostname: root === '/' ? hostname() : ((await read('/etc/hostname'))?.trim() ?? 'localhost'),
    updateConfiguration:
      (await read('/etc/coreos/update.conf')) ?? (await read('/usr/share/coreos/update.conf')),
    environmentFile: await read('/etc/environment'),
    keySet,
    localeFiles: {
      '/etc/locale.conf': await read('/etc/locale.conf'),
      '/etc/default/locale': await read('/etc/default/locale'),
    },
    // A sealed /usr cannot take them where they are usually put.
    certificateFolder: (await isWritable(join(root, '/usr')))
      ? '/usr/local/share/ca-certificates'
      : '/etc/ssl/coreos-cloudinit',
  };
}

async function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}

/** Addresses by the metadata, or else by the COREOS_… variables of the environment. */
export function addressesOf(metadata: Metadata, environment: NodeJS.ProcessEnv): AddressOf {
  return (name) => metadata.addresses[name] ?? environment[addressVariable(name)];
}
