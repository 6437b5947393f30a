// What a cluster needs of its host: programs, and room in the kernel's limits.

import { readFile, writeFile } from 'node:fs/promises';
import { treeTools } from '../deploy/index.ts';
import type { Tools } from '../host/index.ts';

/** Each program and the Debian package that holds it. */
export const clusterTools: Tools = {
  ...treeTools,
  'systemd-nspawn': 'systemd-container',
  journalctl: 'systemd',
  ip: 'iproute2',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  nsenter: 'util-linux',
};

/** And of machines with slots. */
export const slotTools: Tools = { veritysetup: 'cryptsetup-bin', mount: 'mount' };

const instancesFile = '/proc/sys/fs/inotify/max_user_instances';
const enoughInstances = 1024;

/**
 * Raises the kernel's limit of inotify instances. root of every machine is one user to the kernel, each
 * machine takes a dozen, and the default of 128 ends in "Too many open files" inside the tenth machine.
 */
export async function raiseLimits(onStep: (text: string) => void): Promise<void> {
  const now = Number(await readFile(instancesFile, 'utf8'));
  if (now >= enoughInstances) return;
  onStep(`Raising fs.inotify.max_user_instances of this host from ${now} to ${enoughInstances}`);
  await writeFile(instancesFile, String(enoughInstances));
}
