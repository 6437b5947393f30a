// What clusters there are on this host, and how they are.

import { readdir } from 'node:fs/promises';
import { findAnchor } from './anchor.ts';
import { openCluster } from './cluster.ts';
import { sandboxErrors } from './errors.ts';
import type { MachineState } from './model.ts';
import { clusterPaths, roots } from './paths.ts';
import { requireRoot } from './privilege.ts';
import { readRecord } from './record.ts';

export interface MachineStatus {
  readonly name: string;
  readonly address: string;
  readonly machineId: string;
  readonly state: MachineState;
  /** What systemd in it says of itself (`running`, `degraded`, …); empty when it is not running. */
  readonly systemd: string;
  /** The pid of its PID 1 on the host. */
  readonly leader: number | undefined;
}

export interface ClusterStatus {
  readonly name: string;
  readonly software: 'plain' | 'keelson';
  readonly machines: readonly MachineStatus[];
}

/** The names of all clusters that were started with a life of their own. */
export async function clusterNames(): Promise<string[]> {
  requireRoot();
  const names = await readdir(roots().state).catch(() => []);
  const records = await Promise.all(
    names.map((name) => readRecord(clusterPaths(name)).catch(() => undefined)),
  );
  return records.flatMap((record) => (record?.lifetime === 'detached' ? [record.name] : [])).sort();
}

/** How a cluster is. A cluster whose anchor is gone (the host was rebooted) has only stopped machines. */
export async function clusterStatus(name: string): Promise<ClusterStatus> {
  requireRoot();
  const paths = clusterPaths(name);
  const record = await readRecord(paths);
  if (record === undefined) {
    throw sandboxErrors.error('unknown', `There is no cluster “${name}” on this host.`, {
      hint: 'keelson status lists them.',
    });
  }
  const software = record.kind;
  if (!(await findAnchor(paths))?.ready) {
    const machines = record.machines.map(({ name: machine, address, machineId }) => ({
      ...{ name: machine, address, machineId, systemd: '', leader: undefined },
      state: 'stopped' as const,
    }));
    return { name, software, machines };
  }
  const cluster = await openCluster(name);
  const machines = await Promise.all(
    cluster.machines.map(async (machine) => {
      const state = await machine.state();
      const { name: own, address, machineId } = machine;
      if (state !== 'running')
        return { name: own, address, machineId, state, systemd: '', leader: undefined };
      const leader = await machine.leaderPid().catch(() => undefined);
      const asked = await machine
        .exec(['systemctl', 'is-system-running'], {
          accept: 'any',
          deadlineMs: record.vm === undefined ? 5000 : 30_000,
        })
        .catch(() => undefined);
      const systemd = asked?.stdout.trim() || 'no answer';
      return { name: own, address, machineId, state, systemd, leader };
    }),
  );
  return { name, software, machines };
}
