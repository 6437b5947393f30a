// What tests on booted machines share: all boot through the sandbox, in the folders every cluster uses, so
// that the next start of any cluster sweeps away what a killed test left.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunOptions, type RunResult, run } from '../../src/host/index.ts';
import {
  type Cluster,
  type ClusterOptions,
  endCluster,
  keelsonSoftware,
  type Machine,
  startCluster,
} from '../../src/sandbox/index.ts';
import { clusterPaths, machinePaths } from '../../src/sandbox/paths.ts';
import { identify, isAlive } from '../../src/sandbox/process-identity.ts';

export const checkout = resolve(import.meta.dirname, '../..');

/** Where the checkout is in a machine that was given `checkoutBind`. */
export const checkoutInside = '/opt/keelson';

export const checkoutBind = { source: checkout, target: checkoutInside } as const;

/**
 * A new folder that a later call, of any test, removes when our process is gone without having done so;
 * clusters that it holds (`state` and `run`) are ended first.
 */
export async function temporaryFolder(): Promise<string> {
  const parent = '/var/tmp';
  const prefix = 'keelson-booted-';
  for (const name of await readdir(parent)) {
    const [, pid, started] = /^keelson-booted-(\d+)-(\d+)-/.exec(name) ?? [];
    if (pid === undefined || started === undefined) continue;
    if (await isAlive({ pid: Number(pid), startTime: started })) continue;
    await removeWithClusters(join(parent, name));
  }
  const self = await identify(process.pid);
  return await mkdtemp(join(parent, `${prefix}${process.pid}-${self?.startTime ?? 0}-`));
}

async function removeWithClusters(folder: string): Promise<void> {
  const before = [process.env.KEELSON_SANDBOX_STATE, process.env.KEELSON_SANDBOX_RUN];
  process.env.KEELSON_SANDBOX_STATE = join(folder, 'state');
  process.env.KEELSON_SANDBOX_RUN = join(folder, 'run');
  try {
    const names = await readdir(join(folder, 'state')).catch(() => []);
    for (const name of names) await endCluster(name);
  } finally {
    for (const [index, key] of (['KEELSON_SANDBOX_STATE', 'KEELSON_SANDBOX_RUN'] as const).entries()) {
      const value = before[index];
      if (value === undefined) delete process.env[key];
      else process.env[key] = value;
    }
  }
  await rm(folder, { recursive: true, force: true });
}

/** Brings the bundles up to date that the package is made of. */
export async function bundle(): Promise<void> {
  await run(resolve(checkout, 'bin/keelson'), ['--version'], { deadlineMs: 300_000 });
}

/** A cluster with keelson, made of this checkout. */
export async function startKeelson(options: ClusterOptions): Promise<Cluster> {
  await bundle();
  return await startCluster({ software: keelsonSoftware(checkout), ...options });
}

/**
 * A command over SSH, with nothing but the key of the machine's metadata. A boot does not wait for the network: as
 * long as ssh itself finds no way (status 255) it is tried again, for a minute.
 */
export async function overSsh(
  cluster: Cluster,
  machine: Machine,
  command: string,
  options: RunOptions = {},
): Promise<RunResult> {
  const argv = ['-F', clusterPaths(cluster.name).sshConfig, machine.name, command];
  const end = Date.now() + 60_000;
  for (;;) {
    const result = await run('ssh', argv, { ...options, accept: 'any' });
    if (result.status !== 255 || Date.now() > end) {
      if (result.status === 0 || options.accept === 'any' || options.accept?.includes(result.status))
        return result;
      throw new Error(`${command}, over SSH on ${machine.name}: ${result.status}: ${result.stderr}`);
    }
    await sleep(500);
  }
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
    { accept: 'any', deadlineMs: 600_000 },
  );
  if (status !== 0) throw new Error(`${file} failed inside the machine:\n${stdout}${stderr}`);
}
