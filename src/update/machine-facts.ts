// Who this machine is to an update server: ids, where it was bought, what it is built for.

import { machine } from 'node:os';
import { join } from 'node:path';
import { readFileIfExists } from '../host/index.ts';
import { parseKeyValues } from './config/key-values.ts';

export interface MachineFacts {
  /** Content of /etc/machine-id; empty when there is none. */
  readonly machineId: string;
  /** Of the kernel, without braces. */
  readonly bootId: string;
  readonly oem: string;
  readonly oemVersion: string;
  /** As `uname -m` says: x86_64, aarch64. */
  readonly architecture: string;
  /** `/usr/.noupdate` is there: this image wants no checks by itself. */
  readonly noUpdate: boolean;
}

const oemPaths = ['/etc/oem-release', '/usr/share/oem/oem-release'];

/** The facts of the machine below `root`. What is missing is empty, and none of them is worth an error. */
export async function readMachineFacts(root = ''): Promise<MachineFacts> {
  const text = async (path: string) =>
    ((await readFileIfExists(join(root, path)).catch(() => undefined)) ?? '').trim();
  const oem = new Map<string, string>();
  for (const path of oemPaths) {
    for (const { key, value } of parseKeyValues(await text(path), path).pairs) {
      if (!oem.has(key)) oem.set(key, value);
    }
  }
  const noUpdate = await readFileIfExists(join(root, '/usr/.noupdate')).catch(() => undefined);
  return {
    machineId: await text('/etc/machine-id'),
    bootId: await text('/proc/sys/kernel/random/boot_id'),
    oem: oem.get('ID') ?? '',
    oemVersion: oem.get('VERSION_ID') ?? '',
    architecture: machine(),
    noUpdate: noUpdate !== undefined,
  };
}

/** The board of an architecture, where no release file names one. */
export function boardOf(architecture: string): string {
  const boards: Readonly<Record<string, string>> = { x86_64: 'amd64-usr', aarch64: 'arm64-usr' };
  return boards[architecture] ?? `${architecture}-usr`;
}
