// keelson up: starts a cluster of real machines on this host, or what is missing of one.

import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { cliErrors, progress } from '../../cli/index.ts';
import { errnoOf, provideTools, type Tools } from '../../host/index.ts';
import type {
  CloudConfigFragment,
  ClusterRecord,
  MachineOptions,
  Software,
  VirtualOptions,
} from '../model.ts';
import { nameOption } from './options.ts';
import { addVirtualOptions, type VirtualFlags, virtualOptions } from './virtual-options.ts';

interface UpOptions extends VirtualFlags {
  readonly name: string;
  readonly machines?: number;
  readonly config?: readonly string[];
  readonly metadata?: readonly string[];
  readonly etcd: boolean;
  readonly install: boolean;
  readonly privileged: boolean;
  readonly plain: boolean;
  readonly timeout?: number;
  readonly quiet: boolean;
  readonly demo: boolean;
  readonly release?: string;
  readonly updateServer?: string;
  readonly updateKey?: string;
}

const collect = (value: string, before: readonly string[] = []) => [...before, value];

export function command(): Command {
  const up = new Command('up')
    .description(
      'Starts a cluster of real machines on this host: each boots its own systemd, reads its cloud-config, ' +
        'and joins etcd and fleet. On a cluster that is up, starts what is missing.',
    )
    .addOption(nameOption())
    .option('--machines <n>', 'how many (default: 3, with --vm 1, or one for each --config)', wholeNumber)
    .option('--config <file>', 'a cloud-config of your own, one for each machine, used as it is', collect)
    .option('--metadata <machine:key=value>', "fleet's metadata of a machine (m1:role=web)", collect)
    .option('--release <dir>', 'machines with slots, which run this release and can be updated')
    .option('--update-server <url>', 'where they ask for updates; they reboot one at a time')
    .option('--update-key <file>', 'a public key whose releases they install')
    .option('--no-etcd', 'without etcd: a single machine with the store inside fleet')
    .option('--privileged', 'machines that can run containers: all capabilities', false)
    .option('--no-install', 'do not install missing programs of this host with apt-get')
    .option(
      '--timeout <seconds>',
      'for the boot, and again for etcd and fleet (default: 120; 600 for emulated machines)',
      wholeNumber,
    )
    .option('--demo', 'run a small web service with all that belongs to one on the cluster', false)
    .option('-q, --quiet', 'say nothing unless it fails', false)
    .addOption(new Option('--plain', 'bare systemd machines, without keelson').default(false).hideHelp())
    .action(start);
  return addVirtualOptions(up);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value > 0) return value;
  throw cliErrors.error(
    'usage',
    `“${text}” is no number of machines or seconds: expected a whole number above 0.`,
  );
}

async function start(options: UpOptions): Promise<void> {
  const { startCluster } = await import('../cluster.ts');
  const { waitUntilReady } = await import('../readiness.ts');
  const { nextSteps } = await import('../next-steps.ts');
  const { clusterPaths } = await import('../paths.ts');
  const { startDemo } = await import('../demo.ts');
  const { readRecord } = await import('../record.ts');
  const paths = clusterPaths(options.name);
  const known = await readRecord(paths).catch(() => undefined);
  // Without numbers, `up` again means what is there.
  const wanted = options.machines ?? known?.machines.length ?? (options.vm ? 1 : 3);
  const vm = virtualOptions(options, ownImage);
  if (vm !== undefined && (options.privileged || options.plain)) {
    throw cliErrors.error(
      'usage',
      '--privileged and --plain are about containers: they do not go with --vm.',
    );
  }
  if (options.release !== undefined && (vm !== undefined || options.plain)) {
    throw cliErrors.error(
      'usage',
      '--release is about containers: --vm boots a release as it is; --plain has none.',
    );
  }
  const fragment = await updateFragment(options, machinesHaveSlots(options, known));
  const machines = await machinesOf(options, wanted);
  if (!options.etcd && machines.length > 1) {
    throw cliErrors.error(
      'usage',
      'Machines without etcd cannot form a cluster: --no-etcd goes with --machines 1.',
    );
  }
  if (!options.etcd && options.demo) {
    throw cliErrors.error('usage', 'The demo keeps its keys in etcd: --demo does not go with --no-etcd.');
  }
  const says = progress(process.stderr, options.quiet);
  const onStep = (text: string) => says.step(text);
  const isVirtual = vm !== undefined || known?.vm !== undefined;
  const tools = await toolsFor(vm, known, options);
  await provideTools({ tools, purpose: 'a cluster', install: options.install, onStep });
  const usualMs = await usualTimeoutMs(isVirtual, onStep);
  const timeoutMs = options.timeout === undefined ? usualMs : options.timeout * 1000;
  const cluster = await startCluster({
    name: options.name,
    machines,
    ...(vm === undefined ? await softwareOf(options) : { vm }),
    etcd: options.etcd,
    fragment,
    privileged: options.privileged,
    lifetime: 'detached',
    bootDeadlineMs: timeoutMs,
    onStep,
  });
  await waitUntilReady(cluster, onStep, timeoutMs);
  const [first] = cluster.machines;
  const victim = options.demo && first !== undefined ? await startDemo(cluster, first, onStep) : undefined;
  says.done(
    `The cluster ${cluster.name} is up: ${cluster.machines.map((machine) => machine.name).join(', ')}.`,
  );
  if (!options.quiet)
    process.stdout.write(
      nextSteps(cluster.record, paths, {
        prefix: process.env.KEELSON_PREFIX ?? '',
        ...(victim === undefined ? {} : { demo: { victim } }),
      }),
    );
}

async function usualTimeoutMs(isVirtual: boolean, onStep: (text: string) => void): Promise<number> {
  const usual = 120_000;
  if (!isVirtual) return usual;
  const { chooseAccelerator, patience } = await import('../vm/accelerator.ts');
  const { accelerator, reason } = await chooseAccelerator();
  if (accelerator === 'tcg') {
    onStep(`Machines are emulated here, as ${reason}: a boot takes one to five minutes`);
  }
  return usual * patience(accelerator);
}

async function ownImage(onStep: (text: string) => void): Promise<string> {
  const { keelsonImage } = await import('../own-image.ts');
  return await keelsonImage(onStep);
}

/** What this host needs for such a cluster; for an image of our own what makes it as well. */
async function toolsFor(
  vm: VirtualOptions | undefined,
  known: ClusterRecord | undefined,
  { image, release }: UpOptions,
): Promise<Tools> {
  const firmware = known?.vm?.firmware ?? (vm === undefined ? undefined : (vm.firmware ?? 'ovmf'));
  if (firmware === undefined) {
    const { clusterTools, slotTools } = await import('../host-tools.ts');
    return { ...clusterTools, ...(release === undefined && known?.release === undefined ? {} : slotTools) };
  }
  const { vmTools } = await import('../vm/host-tools.ts');
  if (known !== undefined || image !== undefined) return vmTools(firmware);
  const { imageTools } = await import('../../deploy/index.ts');
  return { ...vmTools(firmware), ...imageTools(['raw']) };
}

async function softwareOf({
  plain,
  release,
}: UpOptions): Promise<{ readonly software?: Software; readonly release?: string }> {
  if (release !== undefined) return { release };
  if (plain) return { software: { kind: 'plain' } };
  const { keelsonSoftware } = await import('../own-package.ts');
  return { software: keelsonSoftware() };
}

const machinesHaveSlots = ({ release }: UpOptions, known: ClusterRecord | undefined) =>
  (release ?? known?.release) !== undefined;

/** What the cloud-config says of updates. */
async function updateFragment(
  { updateServer, updateKey, etcd }: UpOptions,
  hasSlots: boolean,
): Promise<CloudConfigFragment> {
  if (updateServer === undefined && updateKey === undefined) return {};
  if (!hasSlots) {
    throw cliErrors.error(
      'usage',
      '--update-server and --update-key go with --release: other machines have no slots.',
    );
  }
  const update = { server: updateServer, reboot_strategy: etcd ? 'etcd-lock' : 'reboot' };
  const path = '/etc/keelson/update-keys/sandbox.pem';
  return {
    ...(updateServer === undefined ? {} : { coreos: { update } }),
    ...(updateKey === undefined
      ? {}
      : { write_files: [{ path, permissions: '0644', content: await readText('key', updateKey) }] }),
  };
}

/** The machines asked for: numbered, with the user's configs and metadata. */
async function machinesOf(options: UpOptions, wanted: number): Promise<MachineOptions[]> {
  const configs = await Promise.all((options.config ?? []).map((path) => readText('cloud-config', path)));
  if (options.machines !== undefined && configs.length > options.machines) {
    throw cliErrors.error(
      'usage',
      `There are ${configs.length} --config files for ${options.machines} machines.`,
    );
  }
  const count = configs.length > 0 && options.machines === undefined ? configs.length : wanted;
  const metadata = new Map<string, Record<string, string>>();
  for (const text of options.metadata ?? []) {
    const match = /^([^:]+):([^=]+)=(.+)$/.exec(text);
    const [, machine = '', key = '', value = ''] = match ?? [];
    if (match === null)
      throw cliErrors.error(
        'usage',
        `“${text}” is no metadata of a machine: expected MACHINE:KEY=VALUE (m1:role=web).`,
      );
    metadata.set(machine, { ...metadata.get(machine), [key]: value });
  }
  const machines = Array.from({ length: count }, (_, index): MachineOptions => {
    const name = `m${index + 1}`;
    const cloudConfig = configs[index];
    const own = { name, metadata: metadata.get(name) ?? {} };
    metadata.delete(name);
    return cloudConfig === undefined ? own : { ...own, cloudConfig };
  });
  const [stray] = metadata.keys();
  if (stray !== undefined)
    throw cliErrors.error('usage', `--metadata names ${stray}, but the machines are m1 to m${count}.`);
  return machines;
}

async function readText(what: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw cliErrors.error(
      'usage',
      `The ${what} ${path} cannot be read (${errnoOf(error) ?? 'unknown error'}).`,
    );
  }
}
