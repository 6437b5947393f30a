// The files of a cluster's virtual machine: its disk, its config drive and what it is made of.

import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../host/index.ts';
import { sandboxErrors } from '../errors.ts';
import type { ClusterRecord, MachineRecord, VirtualHardware, VirtualOptions } from '../model.ts';
import { virtualMac } from '../network-unit.ts';
import type { MachinePaths } from '../paths.ts';
import { configDrive, layerOver, rawDisk } from './disks.ts';
import { kernelOfImage } from './kernel-of-image.ts';
import type { Hardware } from './model.ts';

const diskName = 'disk.qcow2';
const driveName = 'config-drive';

/** The tap device of a machine, on the bridge. */
export function tapName(machine: string): string {
  return `vb-${machine}`;
}

/** What a cluster's virtual machines are made of; the image is made if need be. Throws `sandbox.invalid`. */
export async function chooseHardware(
  options: VirtualOptions,
  onStep: (text: string) => void,
): Promise<VirtualHardware> {
  const image = await options.image(onStep);
  const { diskBytes } = options;
  const size = diskBytes === undefined ? {} : { diskBytes };
  const imageFormat = await formatOf(image);
  return {
    image,
    imageFormat,
    firmware: options.firmware ?? 'ovmf',
    memoryMiB: options.memoryMiB ?? 1024,
    ...size,
  };
}

async function formatOf(image: string): Promise<'raw' | 'qcow2'> {
  const { stdout } = await run('qemu-img', ['info', '--output=json', image]);
  const info: unknown = JSON.parse(stdout);
  const format = typeof info === 'object' && info !== null && 'format' in info ? info.format : undefined;
  if (format === 'raw' || format === 'qcow2') return format;
  throw sandboxErrors.error('invalid', `${image} is a disk of the format ${format}: expected raw or qcow2.`);
}

const kernelFolder = 'kernel';
const kernelFiles = { image: 'vmlinuz', initrd: 'initrd', commandLine: 'cmdline' } as const;

/** Makes the disk, as a layer over the image, and the drive with the machine's cloud-config. */
export async function prepareDisks(vm: VirtualHardware, paths: MachinePaths): Promise<void> {
  const size = vm.diskBytes === undefined ? {} : { bytes: vm.diskBytes };
  await layerOver(vm.image, join(paths.directory, diskName), { format: vm.imageFormat, ...size });
  await configDrive(paths.configDrive, join(paths.directory, driveName));
  if (vm.firmware !== 'direct') return;
  const folder = join(paths.directory, kernelFolder);
  const raw =
    vm.imageFormat === 'raw' ? vm.image : await rawDisk({ path: vm.image, format: 'qcow2' }, `${folder}.raw`);
  const { commandLine } = await kernelOfImage(raw, folder);
  if (raw !== vm.image) await rm(raw);
  await writeFile(join(folder, kernelFiles.commandLine), commandLine);
}

/** Throws `sandbox.state` when the image below a machine's disk is gone. */
export function requireImage(cluster: ClusterRecord, vm: VirtualHardware, machine: MachineRecord): void {
  if (!existsSync(vm.image)) {
    throw sandboxErrors.error(
      'state',
      `The image ${vm.image} is gone, on which the disk of ${machine.name} is based.`,
      {
        hint: `keelson down --name ${cluster.name}, then keelson up --vm.`,
      },
    );
  }
}

/** The machine as QEMU is to run it. */
export async function hardwareOf(
  vm: VirtualHardware,
  machine: MachineRecord,
  paths: MachinePaths,
): Promise<Hardware> {
  const folder = join(paths.directory, kernelFolder);
  const kernel =
    vm.firmware !== 'direct'
      ? undefined
      : {
          image: join(folder, kernelFiles.image),
          initrd: join(folder, kernelFiles.initrd),
          commandLine: await readFile(join(folder, kernelFiles.commandLine), 'utf8'),
        };
  const drive = join(paths.directory, driveName);
  return {
    name: machine.name,
    firmware: vm.firmware,
    ...(kernel === undefined ? {} : { kernel }),
    disks: [
      { path: join(paths.directory, diskName), format: 'qcow2' },
      ...(existsSync(drive) ? [{ path: drive, format: 'raw', readOnly: true } as const] : []),
    ],
    network: { kind: 'tap', name: tapName(machine.name), mac: virtualMac(machine.machineId) },
    // systemd takes it for the machine-id of a system that has none yet; machine-id(5).
    uuid: machine.machineId.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    memoryMiB: vm.memoryMiB,
  };
}
