// The options of `keelson up` that are about whole virtual machines.

import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { cliErrors } from '../../cli/index.ts';
import type { VirtualOptions } from '../model.ts';
import type { Firmware } from '../vm/model.ts';

export interface VirtualFlags {
  readonly vm: boolean;
  readonly firmware?: Firmware;
  readonly image?: string;
  readonly memory?: number;
  readonly disk?: number;
}

const firmwares: readonly Firmware[] = ['ovmf', 'seabios', 'direct'];

/** Adds them to the command. */
export function addVirtualOptions(command: Command): Command {
  return command
    .option('--vm', 'whole virtual machines under QEMU: each boots its own kernel from an image', false)
    .addOption(
      new Option(
        '--firmware <kind>',
        'of virtual machines: UEFI, BIOS, or none, with the kernel loaded by QEMU',
      ).choices(firmwares),
    )
    .option('--image <file>', 'the disk image of virtual machines (default: built of this keelson)')
    .option('--memory <MiB>', 'of each virtual machine (default: 1024)', size('MiB of memory', 256))
    .option(
      '--disk <GiB>',
      "of each virtual machine (default: the image's own size)",
      size('GiB of disk', 1),
    );
}

function size(what: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,6}$/.test(text) && value >= least) return value;
    throw cliErrors.error(
      'usage',
      `“${text}” is no number of ${what}: expected a whole number from ${least}.`,
    );
  };
}

/**
 * What the flags ask of virtual machines, or undefined without `--vm`. `ownImage` makes an image of this keelson.
 * Throws `cli.usage` for flags that do not go together.
 */
export function virtualOptions(
  flags: VirtualFlags,
  ownImage: VirtualOptions['image'],
): VirtualOptions | undefined {
  const { firmware, image, memory, disk } = flags;
  if (!flags.vm) {
    const given = Object.entries({ firmware, image, memory, disk }).find(([, value]) => value !== undefined);
    if (given === undefined) return undefined;
    throw cliErrors.error('usage', `--${given[0]} is about virtual machines: it goes with --vm.`);
  }
  return {
    image: image === undefined ? ownImage : async () => resolve(image),
    ...(firmware === undefined ? {} : { firmware }),
    ...(memory === undefined ? {} : { memoryMiB: memory }),
    ...(disk === undefined ? {} : { diskBytes: disk * 1024 ** 3 }),
  };
}
