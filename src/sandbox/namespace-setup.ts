// What the anchor's namespaces hold before any machine boots: a bridge, and each machine's root file system.

import { mkdir, readFile } from 'node:fs/promises';
import { bridgeAddress } from './addresses.ts';
import { type Anchor, runInside } from './anchor.ts';
import type { ClusterRecord } from './model.ts';
import { type ClusterPaths, machinePaths } from './paths.ts';

export const bridge = 'keelson0';

// nspawn's locks and propagation folders are named for the machine; other clusters have an `m1` too.
const setup = `set -e
mkdir -p /run/systemd/nspawn
mount -t tmpfs -o mode=0755 tmpfs /run/systemd/nspawn
ip link set lo up
ip link add "$1" type bridge
ip address add "$2/24" dev "$1"
ip link set "$1" up`;

/** Makes the bridge. */
export async function setUpNetwork(anchor: Anchor, record: ClusterRecord): Promise<void> {
  await runInside(anchor, ['sh', '-c', setup, 'sh', bridge, bridgeAddress(record.subnet)]);
}

/** Mounts the root file systems that are not mounted yet. */
export async function mountRoots(anchor: Anchor, paths: ClusterPaths, record: ClusterRecord): Promise<void> {
  const mounted = await mountPoints(anchor);
  for (const { name } of record.machines) {
    const machine = machinePaths(paths, name);
    if (mounted.has(machine.root)) continue;
    for (const path of [machine.upper, machine.work, machine.root]) await mkdir(path, { recursive: true });
    // Of a machine with slots /usr and /etc are mounted there before each boot.
    if (record.release !== undefined) {
      await runInside(anchor, ['mount', '--bind', machine.upper, machine.root]);
      continue;
    }
    const options = `lowerdir=${record.lower.join(':')},upperdir=${machine.upper},workdir=${machine.work}`;
    await runInside(anchor, ['mount', '-t', 'overlay', '-o', options, 'keelson-sandbox', machine.root]);
  }
}

async function mountPoints(anchor: Anchor): Promise<Set<string>> {
  const table = await readFile(`/proc/${anchor.pid}/mounts`, 'utf8');
  return new Set(table.split('\n').map((line) => line.split(' ')[1] ?? ''));
}
