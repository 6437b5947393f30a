// Who this machine is.

import { hostname } from 'node:os';
import { readFileIfExists } from '../host/index.ts';

/** The ID in /etc/machine-id, or undefined when there is none yet. */
export async function machineId(path = '/etc/machine-id'): Promise<string | undefined> {
  const id = (await readFileIfExists(path))?.trim() ?? '';
  return /^[A-Za-z0-9_.-]+$/.test(id) && id !== 'uninitialized' ? id : undefined;
}

/** Its name, for people. */
export function machineName(): string {
  return hostname();
}
