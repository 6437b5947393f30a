// Starts, opens and ends clusters.

import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { lock, run } from '../host/index.ts';
import { type Anchor, endAnchor, entering, findAnchor, markReady, startAnchor } from './anchor.ts';
import { machineCgroups } from './boot.ts';
import { hierarchies } from './cgroup.ts';
import { renderCloudConfig } from './cloud-config.ts';
import { sandboxErrors } from './errors.ts';
import { publishAccess, publishSocket } from './host-access.ts';
import { raiseLimits } from './host-tools.ts';
import { openMachine } from './machine.ts';
import type { Cluster, ClusterOptions, ClusterRecord, Machine, VirtualHardware } from './model.ts';
import { mountRoots, setUpNetwork } from './namespace-setup.ts';
import { type ClusterPaths, clusterPaths, machinePaths } from './paths.ts';
import { requireRoot } from './privilege.ts';
import { pruneCache } from './prune.ts';
import { planRecord, readRecord, writeRecord } from './record.ts';
import { prepareMachine, provideKey } from './seed.ts';
import { provideSoftware } from './software.ts';
import { sweep } from './sweep.ts';

const defaultBootDeadlineMs = 120_000;

/**
 * Starts a cluster, or what is missing of one that exists, and returns once every machine has booted.
 * Its end is `down` or, with the default lifetime, that of this process. Throws `sandbox.*`.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  requireRoot();
  const name = options.name ?? `t-${process.pid}-${randomBytes(3).toString('hex')}`;
  const paths = clusterPaths(name);
  const onStep = options.onStep ?? (() => {});
  await sweep(paths.roots);
  const cluster = await (async () => {
    await using _held = await lock(paths.lock, () =>
      onStep(`Waiting for another command on cluster ${name}`),
    );
    return await raise(name, paths, options, onStep);
  })();
  const isVirtual = cluster.record.vm !== undefined;
  try {
    const results = await Promise.allSettled(
      cluster.machines.map((machine) => bootOne(machine, isVirtual, onStep)),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    options.signal?.throwIfAborted();
  } catch (error) {
    if (cluster.record.lifetime === 'caller') await cluster.down();
    throw error;
  }
  return cluster;
}

async function bootOne(machine: Machine, isVirtual: boolean, onStep: (text: string) => void): Promise<void> {
  // A virtual machine says so itself, as it may have to wait for its turn.
  if (!isVirtual && (await machine.state()) === 'stopped') onStep(`Booting ${machine.name}`);
  await machine.start();
}

/** Everything but the booting. The caller holds the cluster's lock. */
async function raise(
  name: string,
  paths: ClusterPaths,
  options: ClusterOptions,
  onStep: (text: string) => void,
): Promise<Cluster> {
  const known = await readRecord(paths);
  const vm = known === undefined ? await virtualHardware(options, onStep) : known.vm;
  const bringsItself = vm !== undefined || options.release !== undefined;
  const lower =
    known?.lower ?? (bringsItself ? [] : await provideSoftware(paths.roots.cache, options, onStep));
  await pruneCache(paths.roots);
  const record = planRecord(name, options, lower, known, newMachineId, vm);
  options.signal?.throwIfAborted();
  await mkdir(paths.state, { recursive: true, mode: 0o700 });
  const publicKey = await provideKey(paths);
  const configured = await configure(record, options, publicKey);
  await writeRecord(paths, configured);
  for (const machine of configured.machines) {
    await prepareMachine(configured, machine, machinePaths(paths, machine.name), publicKey, onStep);
  }
  if (vm === undefined) await raiseLimits(onStep);
  const anchor = await provideAnchor(paths, configured);
  if (vm === undefined) await mountRoots(anchor, paths, configured);
  const complete = await markReady(paths, anchor);
  await publishAccess(paths, configured, complete);
  return await attach(paths, configured, complete, options.bootDeadlineMs, onStep);
}

async function virtualHardware(
  { vm }: ClusterOptions,
  onStep: (text: string) => void,
): Promise<VirtualHardware | undefined> {
  return vm === undefined ? undefined : await (await import('./vm/prepare.ts')).chooseHardware(vm, onStep);
}

function newMachineId(): string {
  return randomBytes(16).toString('hex');
}

/** Fills in the cloud-configs that were not given. */
async function configure(
  record: ClusterRecord,
  options: ClusterOptions,
  publicKey: string,
): Promise<ClusterRecord> {
  if (record.kind === 'plain') return record;
  const machines = record.machines.map((machine) =>
    machine.cloudConfig === '' && !machine.ownConfig
      ? { ...machine, cloudConfig: renderCloudConfig(record, machine, publicKey, options.fragment) }
      : machine,
  );
  return { ...record, machines };
}

/** The cluster's anchor with its network; an incomplete one is from an interrupted start and makes way. */
async function provideAnchor(paths: ClusterPaths, record: ClusterRecord): Promise<Anchor> {
  const alive = await findAnchor(paths);
  if (alive?.ready === true) return alive;
  await endAnchor(paths);
  const anchor = await startAnchor(paths, record.lifetime);
  await setUpNetwork(anchor, record);
  return anchor;
}

/** The cluster of that name. Throws `sandbox.unknown` when there is none, `sandbox.state` when it is not running. */
export async function openCluster(name: string): Promise<Cluster> {
  const { paths, record, anchor } = await findRunning(name);
  return await attach(paths, record, anchor);
}

async function findRunning(
  name: string,
): Promise<{ readonly paths: ClusterPaths; readonly record: ClusterRecord; readonly anchor: Anchor }> {
  requireRoot();
  const paths = clusterPaths(name);
  const record = await readRecord(paths);
  const hint = name === 'demo' ? 'keelson up' : `keelson up --name ${name}`;
  if (record === undefined) {
    throw sandboxErrors.error('unknown', `There is no cluster “${name}” on this host.`, { hint });
  }
  const anchor = await findAnchor(paths);
  if (anchor === undefined || !anchor.ready) {
    throw sandboxErrors.error('state', `The cluster “${name}” is not running.`, { hint });
  }
  return { paths, record, anchor };
}

async function attach(
  paths: ClusterPaths,
  record: ClusterRecord,
  anchor: Anchor,
  bootDeadlineMs?: number,
  onStep: (text: string) => void = () => {},
): Promise<Cluster> {
  const machines = await openMachines(paths, record, anchor, bootDeadlineMs, onStep);
  const down = async () => {
    await endCluster(record.name);
  };
  return {
    name: record.name,
    record,
    machines,
    machine: (wanted) => {
      const machine = machines.find((candidate) => candidate.name === wanted);
      if (machine !== undefined) return machine;
      const names = machines.map((candidate) => candidate.name).join(', ');
      throw sandboxErrors.error(
        'unknown',
        `The cluster ${record.name} has no machine “${wanted}”; it has ${names}.`,
      );
    },
    net: (argv, runOptions) => run('nsenter', [...netArguments(anchor, paths), ...argv], runOptions),
    down,
    [Symbol.asyncDispose]: down,
  };
}

async function openMachines(
  paths: ClusterPaths,
  record: ClusterRecord,
  anchor: Anchor,
  bootDeadlineMs: number | undefined,
  onStep: (text: string) => void,
): Promise<Machine[]> {
  const found = await hierarchies();
  const { vm } = record;
  const contexts = record.machines.map((machine) => ({
    anchor,
    cluster: record,
    record: machine,
    paths: machinePaths(paths, machine.name),
    cgroups: machineCgroups(found, anchor, machine.name),
  }));
  if (vm === undefined) {
    return contexts.map((context) =>
      openMachine({
        ...context,
        bootDeadlineMs: bootDeadlineMs ?? defaultBootDeadlineMs,
        onBoot: (leader) => publishSocket(context.paths, leader),
      }),
    );
  }
  const { openVmMachine } = await import('./vm/machine.ts');
  const { chooseAccelerator, patience } = await import('./vm/accelerator.ts');
  const scaled = defaultBootDeadlineMs * patience((await chooseAccelerator()).accelerator);
  const more = { vm, clusterPaths: paths, bootDeadlineMs: bootDeadlineMs ?? scaled, onStep };
  return await Promise.all(contexts.map((context) => openVmMachine({ ...context, ...more })));
}

/** The nsenter arguments for a program of the host in the cluster's network, its machines known by name. */
function netArguments(anchor: Anchor, paths: ClusterPaths): string[] {
  const script = 'mount --bind "$1" /etc/hosts && shift && exec "$@"';
  const mounts = ['unshare', '--mount', '--propagation', 'slave', 'sh', '-c', script, 'sh', paths.hosts];
  return [...entering(anchor, ['net']), ...mounts];
}

/** The command line that runs `argv` in the network of the cluster of that name. Throws as `openCluster`. */
export async function netCommand(name: string, argv: readonly string[]): Promise<string[]> {
  const { anchor, paths } = await findRunning(name);
  return ['nsenter', ...netArguments(anchor, paths), ...argv];
}

/** Ends a cluster, running or not, and removes all of it. True when there was something to remove. */
export async function endCluster(name: string): Promise<boolean> {
  requireRoot();
  const paths = clusterPaths(name);
  const held = await lock(paths.lock);
  try {
    const existed = (await readRecord(paths).catch(() => undefined)) !== undefined;
    await endAnchor(paths);
    await rm(paths.run, { recursive: true, force: true });
    await rm(paths.state, { recursive: true, force: true });
    await held.remove();
    return existed;
  } finally {
    await held[Symbol.asyncDispose]();
  }
}
