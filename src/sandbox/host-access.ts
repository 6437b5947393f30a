// What the host needs to reach a cluster's machines: names, an ssh_config, fleet's sockets, the journals.

import { mkdir, readFile, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFileIfExists, writeFileAtomic } from '../host/index.ts';
import { hostsFile } from './addresses.ts';
import type { Anchor } from './anchor.ts';
import type { ClusterRecord } from './model.ts';
import { type ClusterPaths, type MachinePaths, machinePaths } from './paths.ts';
import { knownHosts, sshConfig } from './ssh-config.ts';

/** Writes the files that belong to this anchor. */
export async function publishAccess(
  paths: ClusterPaths,
  record: ClusterRecord,
  anchor: Anchor,
): Promise<void> {
  await writeFileAtomic(paths.hosts, hostsFile(record.machines));
  await writeFileAtomic(paths.sshConfig, sshConfig(record, paths, anchor.pid, process.execPath));
  if (record.vm !== undefined) return;
  const keys = await Promise.all(
    record.machines.map(async ({ name, address }) => {
      const file = join(machinePaths(paths, name).upper, 'etc/ssh/ssh_host_ed25519_key.pub');
      return { name, address, key: await readFile(file, 'utf8') };
    }),
  );
  await writeFileAtomic(paths.knownHosts, knownHosts(keys));
  await mkdir(paths.journal, { recursive: true });
  for (const { name, machineId } of record.machines) {
    const target = join(machinePaths(paths, name).upper, 'var/log/journal', machineId);
    await replaceLink(target, join(paths.journal, machineId));
  }
}

/** Points a machine's socket for the host at fleet's socket inside the machine that runs now. */
export async function publishSocket(paths: MachinePaths, leader: number): Promise<void> {
  await replaceLink(`/proc/${leader}/root/run/fleet.sock`, paths.socket);
}

async function replaceLink(target: string, path: string): Promise<void> {
  const temporary = `${path}.new`;
  await removeFileIfExists(temporary);
  await symlink(target, temporary);
  await rename(temporary, path);
}
