// The addresses of a cluster: one /24, the bridge first, machines from .11 on.

import { sandboxErrors } from './errors.ts';

export const defaultSubnet = '10.77.0.0/24';

const first = 11;
/** As many as fit below the last address. */
export const maxMachines = 254 - first + 1;

function prefixOf(subnet: string): string {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.0\/24$/.exec(subnet);
  const parts = match?.slice(1).map(Number) ?? [];
  if (match === null || parts.some((part) => part > 255)) {
    throw sandboxErrors.error('invalid', `“${subnet}” is no subnet for a cluster: expected A.B.C.0/24.`);
  }
  return parts.join('.');
}

/** The bridge's address, which is the host's in the cluster's network. Throws `sandbox.invalid`. */
export function bridgeAddress(subnet: string): string {
  return `${prefixOf(subnet)}.1`;
}

/** The address of the machine at that index (from 0). */
export function machineAddress(subnet: string, index: number): string {
  return `${prefixOf(subnet)}.${first + index}`;
}

/** The lowest index whose address is not taken. */
export function freeIndex(subnet: string, taken: readonly string[]): number {
  for (let index = 0; index < maxMachines; index++) {
    if (!taken.includes(machineAddress(subnet, index))) return index;
  }
  throw sandboxErrors.error('invalid', `A cluster has room for ${maxMachines} machines.`);
}

/** An /etc/hosts for programs of the host in the cluster's network. */
export function hostsFile(machines: readonly { readonly name: string; readonly address: string }[]): string {
  const lines = machines.map(({ name, address }) => `${address} ${name}`);
  return ['127.0.0.1 localhost', '::1 localhost', ...lines, ''].join('\n');
}
