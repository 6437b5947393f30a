// What tests on booted machines share: all boot through the sandbox, in the folders every cluster uses, so
// that the next start of any cluster sweeps away what a killed test left.

import { resolve } from 'node:path';
import { type RunOptions, type RunResult, run } from '../../src/host/index.ts';
import {
  type Cluster,
  type ClusterOptions,
  keelsonSoftware,
  type Machine,
  startCluster,
} from '../../src/sandbox/index.ts';
import { clusterPaths, machinePaths } from '../../src/sandbox/paths.ts';

export const checkout = resolve(import.meta.dirname, '../..');

/** Where the checkout is in a machine that was given `checkoutBind`. */
export const checkoutInside = '/opt/keelson';

export const checkoutBind = { source: checkout, target: checkoutInside } as const;

/** Brings the bundles up to date that the package is made of. */
export async function bundle(): Promise<void> {
  await run(resolve(checkout, 'bin/keelson'), ['--version'], { deadlineMs: 300_000 });
}

/** A cluster with keelson, made of this checkout. */
export async function startKeelson(options: ClusterOptions): Promise<Cluster> {
  await bundle();
  return await startCluster({ software: keelsonSoftware(checkout), ...options });
}

/** A command over SSH, with nothing but the key of the machine's metadata. */
export function overSsh(
  cluster: Cluster,
  machine: Machine,
  command: string,
  options: RunOptions = {},
): Promise<RunResult> {
  return run('ssh', ['-F', clusterPaths(cluster.name).sshConfig, machine.name, command], options);
}

/** The user-data on the machine's config drive, as a path of this host. */
export function userDataPath(cluster: Cluster, machine: Machine): string {
  const { configDrive } = machinePaths(clusterPaths(cluster.name), machine.name);
  return resolve(configDrive, 'openstack/latest/user_data');
}

/** Runs a test file of `inside/` in a machine that has the checkout; throws with what it said when a test fails. */
export async function runInside(machine: Machine, file: string): Promise<void> {
  const node = `${checkoutInside}/node_modules/.bin/node`;
  const { status, stdout, stderr } = await machine.exec(
    [node, `${checkoutInside}/test/machine/inside/${file}`],
    { accept: 'any', deadlineMs: 120_000 },
  );
  if (status !== 0) throw new Error(`${file} failed inside the machine:\n${stdout}${stderr}`);
}
