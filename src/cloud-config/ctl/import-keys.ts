// coreos-cloudinit import-keys USER SET URL: what a boot leaves for when the network is up. Not for people.

import { acquireLock } from '../apply/lock.ts';
import type { Machine } from '../apply/machine.ts';
import { cloudConfigErrors } from '../errors.ts';
import { isAccountName, isFileName } from '../keys/checks.ts';

/** Fetches the keys at a URL as a set of that user's; returns the exit status. */
export async function importKeysCommand(args: readonly string[]): Promise<number> {
  const [user = '', set = '', url = ''] = args;
  if (args.length !== 3 || !isAccountName(user) || !isFileName(set) || !/^https?:\/\//.test(url)) {
    throw cloudConfigErrors.error('usage', 'Usage: coreos-cloudinit import-keys USER SET URL');
  }
  const { fetchNow } = await import('../apply/import-keys.ts');
  await using _lock = await acquireLock('/run/coreos-cloudinit/lock', 5 * 60_000);
  const machine: Machine = {
    root: '/',
    manager: () => Promise.reject(new Error('Keys need no service manager.')),
    booting: false,
    commandsUntil: 0,
    commandsDone: new Set(),
    changes: { units: new Set(), manager: false, network: false, folders: new Set() },
    now: () => performance.now(),
  };
  await fetchNow({ kind: 'import-keys', user, set, url, why: 'the cloud-config asks for them' }, machine);
  return 0;
}
