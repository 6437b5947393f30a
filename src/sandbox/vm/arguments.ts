// The command line of QEMU for a machine. Paths without a folder are in the machine's own, where QEMU is started.

import { shellCommand } from '../../ssh/index.ts';
import { sandboxErrors } from '../errors.ts';
import type { UefiFiles } from './firmware.ts';
import type { Accelerator, Disk, Hardware, Network } from './model.ts';

/** The files of a machine's folder that QEMU reads, writes and listens on. */
export const machineFiles = {
  console: 'console.log',
  consoleSocket: 'console.sock',
  control: 'qmp.sock',
  variables: 'uefi-variables.fd',
} as const;

// Joins its standard input and output to a TCP port.
const connect =
  'const s=require("net").connect(+process.argv[2],process.argv[1]);s.on("error",()=>process.exit(1));' +
  'process.stdin.pipe(s);s.pipe(process.stdout)';

/**
 * QEMU's arguments. `uefi` is needed with firmware `ovmf`; `files` holds the file of each item of the
 * firmware configuration, by its name; `node` is our runtime. Throws `sandbox.invalid`.
 */
export function qemuArguments(
  hardware: Hardware,
  accelerator: Accelerator,
  uefi: UefiFiles | undefined,
  files: Readonly<Record<string, string>>,
  node: string,
): string[] {
  const processor = accelerator === 'kvm' ? ['kvm', 'host'] : ['tcg,thread=multi', 'max'];
  return [
    ...[
      '-name',
      value(hardware.name),
      '-machine',
      'q35',
      '-accel',
      processor[0] ?? '',
      '-cpu',
      processor[1] ?? '',
    ],
    ...['-smp', String(hardware.cpus ?? 2), '-m', `${hardware.memoryMiB ?? 1024}M`],
    ...['-no-user-config', '-nodefaults', '-display', 'none'],
    ...(hardware.uuid === undefined ? [] : ['-uuid', hardware.uuid]),
    ...serialAndControl,
    ...['-device', 'virtio-rng-pci'],
    ...boot(hardware, uefi),
    ...hardware.disks.flatMap((disk, index) => diskArguments(disk, index, bootOrder(hardware, disk))),
    ...Object.entries(hardware.credentials ?? {}).flatMap(([name, text]) => credential(name, text)),
    ...Object.entries(files).flatMap(([name, file]) => [
      '-fw_cfg',
      `name=${value(name)},file=${value(file)}`,
    ]),
    ...network(hardware.network, node),
  ];
}

// The log is written whether somebody is connected or not; QEMU starts without waiting for anybody.
const listening = 'server=on,wait=off';
const serialAndControl: readonly string[] = [
  '-chardev',
  `socket,id=console,path=${machineFiles.consoleSocket},${listening},logfile=${machineFiles.console},logappend=on`,
  ...['-serial', 'chardev:console'],
  ...['-chardev', `socket,id=control,path=${machineFiles.control},${listening}`],
  ...['-mon', 'chardev=control,mode=control'],
];

function boot(hardware: Hardware, uefi: UefiFiles | undefined): string[] {
  const { firmware, kernel } = hardware;
  if (firmware === 'direct') {
    if (kernel === undefined) {
      throw sandboxErrors.error(
        'invalid',
        `${hardware.name}: a direct boot needs a kernel, an initrd and a command line.`,
      );
    }
    return ['-kernel', kernel.image, '-initrd', kernel.initrd, '-append', kernel.commandLine];
  }
  if (firmware === 'seabios') return [];
  if (uefi === undefined)
    throw sandboxErrors.error('invalid', `${hardware.name}: UEFI needs its firmware's files.`);
  return [
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${value(uefi.code)}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${machineFiles.variables}`],
  ];
}

function diskArguments(disk: Disk, index: number, order: number): string[] {
  const id = `disk${index}`;
  const readOnly = disk.readOnly === true ? ',readonly=on' : '';
  const drive = `if=none,id=${id},${backing(disk)}${readOnly},discard=unmap`;
  return ['-drive', drive, '-device', `virtio-blk-pci,drive=${id},serial=${id},bootindex=${order}`];
}

/** The place of a disk in the order of boot. */
function bootOrder(hardware: Hardware, disk: Disk): number {
  const first = hardware.disks.filter(({ bootsFirst }) => bootsFirst === true);
  const others = hardware.disks.filter(({ bootsFirst }) => bootsFirst !== true);
  return [...first, ...others].indexOf(disk) + (isFirstTaken(hardware) ? 1 : 0);
}

/** The file of a disk; behind a filter that notes down what is written, when that is asked for. */
function backing({ path, format, writeLog }: Disk): string {
  if (writeLog === undefined) return `format=${format},file=${value(path)}`;
  const file = `file.driver=${format},file.file.driver=file,file.file.filename=${value(path)}`;
  return `driver=blklogwrites,${file},log.driver=file,log.filename=${value(writeLog)}`;
}

/** Whether the first place in the order of boot is the network's, or that of the kernel which QEMU brings. */
function isFirstTaken({ firmware, network: card }: Hardware): boolean {
  if (firmware === 'direct') return true;
  return card?.kind === 'user' && card.boot !== undefined;
}

/** A credential that systemd reads from the SMBIOS: as base64, so that it may hold any character. */
function credential(name: string, text: string): string[] {
  if (!/^[\w.-]+$/.test(name))
    throw sandboxErrors.error('invalid', `“${name}” cannot be the name of a credential.`);
  const base64 = Buffer.from(text).toString('base64');
  return ['-smbios', `type=11,value=io.systemd.credential.binary:${name}=${base64}`];
}

function network(card: Network | undefined, node: string): string[] {
  if (card === undefined) return [];
  const first = bootindex(card);
  // Without a boot ROM firmware loses no time with the card.
  const device = `virtio-net-pci,netdev=net0${first === '' ? ',romfile=' : first}`;
  if (card.kind === 'tap') {
    const back = `tap,id=net0,ifname=${card.name},script=no,downscript=no`;
    return ['-netdev', back, '-device', `${device},mac=${card.mac}`];
  }
  const parts = ['user', 'id=net0', 'restrict=on'];
  for (const port of card.forwards ?? []) parts.push(`hostfwd=tcp:127.0.0.1:0-:${port}`);
  for (const { address, port, to } of card.services ?? []) {
    const command = shellCommand([node, '-e', connect, to.host, String(to.port)]);
    parts.push(`guestfwd=tcp:${address}:${port}-cmd:${value(command)}`);
  }
  if (card.boot !== undefined)
    parts.push(`tftp=${value(card.boot.folder)}`, `bootfile=${value(card.boot.file)}`);
  return ['-netdev', parts.join(','), '-device', device];
}

function bootindex(card: Network): string {
  return card.kind === 'user' && card.boot !== undefined ? ',bootindex=0' : '';
}

/** A text as a value of QEMU's options, where a comma begins the next one. */
function value(text: string): string {
  return text.replaceAll(',', ',,');
}
