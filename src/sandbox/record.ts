// A cluster's record: made from options, written down, read again.

import { resolve } from 'node:path';
import { readFileIfExists, writeFileAtomic } from '../host/index.ts';
import { defaultSubnet, freeIndex, machineAddress } from './addresses.ts';
import { memberCount } from './cloud-config.ts';
import { sandboxErrors } from './errors.ts';
import type {
  ClusterOptions,
  ClusterRecord,
  MachineOptions,
  MachineRecord,
  VirtualHardware,
} from './model.ts';
import { type ClusterPaths, machineName } from './paths.ts';

/** The machines of the options as a list. */
export function machineOptions(machines: ClusterOptions['machines']): readonly MachineOptions[] {
  if (typeof machines === 'object') return machines;
  return Array.from({ length: machines ?? 1 }, () => ({}));
}

/**
 * The record that these options ask for; machines of `known` stay as they are, new ones are added.
 * `machineId` yields 32 hexadecimal digits; `vm` is what virtual machines are made of, known or new. Throws `sandbox.invalid`.
 */
export function planRecord(
  name: string,
  options: ClusterOptions,
  lower: readonly string[],
  known: ClusterRecord | undefined,
  machineId: () => string,
  vm?: VirtualHardware,
): ClusterRecord {
  const subnet = known?.subnet ?? options.subnet ?? defaultSubnet;
  const isVirtual = options.vm !== undefined || known?.vm !== undefined;
  if (known !== undefined && options.vm !== undefined && known.vm === undefined) {
    throw sandboxErrors.error('state', `The cluster ${name} exists, and its machines are containers.`, {
      hint: `keelson down --name ${name}`,
    });
  }
  if (known !== undefined && options.release !== undefined && known.release === undefined) {
    throw sandboxErrors.error('state', `The cluster ${name} exists, and its machines have no slots.`, {
      hint: `keelson down --name ${name}`,
    });
  }
  const release = known === undefined ? options.release : (options.release ?? known.release);
  const kind = isVirtual || release !== undefined ? 'keelson' : (options.software?.kind ?? 'plain');
  if (known !== undefined && known.kind !== kind) {
    throw sandboxErrors.error('state', `The cluster ${name} exists with other software (${known.kind}).`, {
      hint: `keelson down --name ${name}`,
    });
  }
  const machines: MachineRecord[] = [...(known?.machines ?? [])];
  machineOptions(options.machines).forEach((wanted, index) => {
    const own = machineName(wanted.name ?? `m${index + 1}`);
    if (known?.machines.some((machine) => machine.name === own)) return;
    if (machines.some((machine) => machine.name === own)) {
      throw sandboxErrors.error('invalid', `Two machines are called ${own}.`);
    }
    const taken = machines.map((machine) => machine.address);
    machines.push({
      name: own,
      machineId: machineId(),
      address: machineAddress(subnet, freeIndex(subnet, taken)),
      binds: [...(options.binds ?? []), ...(wanted.binds ?? [])],
      metadata: wanted.metadata ?? {},
      cloudConfig: wanted.cloudConfig ?? '',
      ownConfig: wanted.cloudConfig !== undefined,
      ...(wanted.kernelArguments === undefined ? {} : { kernelArguments: wanted.kernelArguments }),
    });
  });
  return {
    version: 1,
    name,
    kind,
    members: known?.members ?? chooseMembers(kind === 'keelson' && options.etcd !== false, machines),
    lifetime: known?.lifetime ?? options.lifetime ?? 'caller',
    subnet,
    privileged: known?.privileged ?? options.privileged ?? false,
    // Disks were written on top of these very files; other ones below them would be another system.
    lower: known?.lower ?? lower,
    machines,
    ...(release === undefined ? {} : { release: resolve(release) }),
    ...(vm === undefined ? {} : { vm }),
  };
}

// Later machines are clients: a member more or less is a change of etcd's own membership.
function chooseMembers(wanted: boolean, machines: readonly MachineRecord[]): string[] {
  const candidates = machines.filter((machine) => !machine.ownConfig).map((machine) => machine.name);
  return wanted ? candidates.slice(0, memberCount(candidates.length)) : [];
}

export async function writeRecord(paths: ClusterPaths, record: ClusterRecord): Promise<void> {
  // The folder holds a private key and disks: root's alone.
  await writeFileAtomic(paths.record, `${JSON.stringify(record, null, 2)}\n`, {
    mode: 0o600,
    directoryMode: 0o700,
  });
}

/** The record of a cluster, or undefined when there is none. */
export async function readRecord(paths: ClusterPaths): Promise<ClusterRecord | undefined> {
  const text = await readFileIfExists(paths.record);
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  if (isRecord(value)) return value;
  throw sandboxErrors.error('state', `${paths.record} was written by another version of keelson.`, {
    hint: `keelson down --name ${paths.run.split('/').at(-1)} removes the cluster.`,
  });
}

// Our own file, written whole: the version says the rest.
function isRecord(value: unknown): value is ClusterRecord {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 1;
}
