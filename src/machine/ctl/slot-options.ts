// What the sub-commands of `keelson slot` share: where the slots are.

import { Command } from 'commander';
import type { SlotManager } from '../../disk/index.ts';
import { rootOf } from './install.ts';

export interface PlaceFlags {
  readonly disk?: string;
  readonly esp?: string;
  readonly folder?: string;
  readonly extension?: string;
}

/** Programs that write a slot, and the packages that have them. */
const writeTools = {
  sfdisk: 'fdisk',
  veritysetup: 'cryptsetup-bin',
  blockdev: 'util-linux',
  dd: 'coreutils',
};

/** The same for an extension, whose image is known by its SHA-256. */
const extensionTools = { dd: 'coreutils' };

export const toolsFor = ({ extension }: PlaceFlags) =>
  extension === undefined ? writeTools : extensionTools;

/** A sub-command, and whether the help is silent about it. */
export interface SubCommand {
  readonly command: Command;
  readonly hidden: boolean;
}

/** A sub-command with the options that say where the slots are. */
export function slotCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--disk <dev>', 'the disk with the slots (default: the one that /usr comes from)')
    .option('--esp <dir>', 'where its EFI system partition is mounted (default: /efi, /boot or /boot/efi)')
    .option('--folder <dir>', 'slots in plain files in this folder')
    .option('--extension <name>', 'slots of a layer over /usr, on any machine');
}

/** The slots of this machine; needs to be root. */
export async function managerOf(flags: PlaceFlags): Promise<SlotManager> {
  rootOf(undefined);
  const { locateSlots, slotManager } = await import('../../disk/index.ts');
  return slotManager(await locateSlots(flags));
}
