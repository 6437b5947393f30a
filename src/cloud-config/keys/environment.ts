// /etc/environment: the machine's addresses, for units that read them with EnvironmentFile=.

import type { Addresses, AddressName, Operation } from '../model.ts';

const names: readonly AddressName[] = ['private_ipv4', 'private_ipv6', 'public_ipv4', 'public_ipv6'];

/** The variable that carries an address. */
export const addressVariable = (name: AddressName): string => `COREOS_${name.toUpperCase()}`;

/** Plans /etc/environment, merged into what it holds; nothing when no address is known. */
export function planEnvironment(addresses: Addresses, existing: string | undefined): Operation[] {
  const wanted = new Map<string, string>();
  for (const name of names) {
    const address = addresses[name];
    if (address !== undefined && /^[0-9A-Fa-f.:]+$/.test(address)) wanted.set(addressVariable(name), address);
  }
  if (wanted.size === 0) return [];
  const content = mergeAssignments(existing ?? '', wanted);
  if (content === existing) return [];
  const why = 'the addresses of the machine';
  return [{ kind: 'write-file', path: '/etc/environment', content, mode: 0o644, owner: {}, why }];
}

/**
 * A file of NAME=VALUE lines with these assignments: lines that have the name are replaced, the others
 * kept, what is new appended by name. Values must be quoted already.
 */
export function mergeAssignments(existing: string, wanted: ReadonlyMap<string, string>): string {
  const missing = new Map(wanted);
  const text = existing.replaceAll('\r', '');
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const merged = lines.map((line) => {
    const name = /^\s*([A-Za-z_]\w*)=/.exec(line)?.[1];
    const value = name === undefined ? undefined : wanted.get(name);
    if (name === undefined || value === undefined) return line;
    missing.delete(name);
    return `${name}=${value}`;
  });
  const added = [...missing].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${value}`);
  return [...merged, ...added].map((line) => `${line}\n`).join('');
}
