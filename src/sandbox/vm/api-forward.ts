// Fleet's socket of a virtual machine, on this host: an ssh beside the machine holds it for as long as it runs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { shellQuote } from '../../ssh/index.ts';
import { type Anchor, entering } from '../anchor.ts';
import { makeCgroup } from '../cgroup.ts';
import type { MachineRecord } from '../model.ts';
import type { ClusterPaths, MachinePaths } from '../paths.ts';

export interface ForwardedMachine {
  readonly anchor: Anchor;
  /** The cgroup folder for it. */
  readonly cgroup: string;
  readonly record: MachineRecord;
  readonly paths: MachinePaths;
  readonly clusterPaths: ClusterPaths;
}

// Logs in again after the machine was reset.
const loop = `cd "$2" && echo 0 >"$1/cgroup.procs" || exit 1
shift 2
while :; do "$@"; sleep 1; done`;

/** Begins to forward `paths.socket` to /run/fleet.sock in the machine, by an ssh in the cluster's namespaces. */
export async function forwardSocket(machine: ForwardedMachine): Promise<void> {
  const { anchor, cgroup, record, paths, clusterPaths } = machine;
  const options = {
    BatchMode: 'yes',
    IdentitiesOnly: 'yes',
    StrictHostKeyChecking: 'accept-new',
    UserKnownHostsFile: shellQuote(clusterPaths.knownHosts),
    ExitOnForwardFailure: 'yes',
    StreamLocalBindUnlink: 'yes',
    ConnectTimeout: '30',
    ServerAliveInterval: '15',
    ServerAliveCountMax: '8',
    LogLevel: 'ERROR',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  // ssh takes an absolute path only, and a socket's address has room for 107 bytes.
  const forward = `/proc/self/cwd/${record.name}.sock:/run/fleet.sock`;
  const ssh = ['ssh', '-F', 'none', '-N', '-i', clusterPaths.identity, ...flags, '-L', forward];
  await makeCgroup([cgroup]);
  const inside = ['sh', '-c', loop, 'sh', cgroup, dirname(paths.socket), ...ssh, `core@${record.address}`];
  const argv = [...entering(anchor, ['net', 'mount', 'pid']), ...inside];
  const child = spawn('nsenter', argv, { stdio: 'ignore', detached: true, cwd: '/' });
  await once(child, 'spawn');
  child.unref();
}
