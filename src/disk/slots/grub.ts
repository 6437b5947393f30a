// Slots under GRUB, on BIOS machines: a folder of files a slot on the ESP, tries counted in the environment block.

import { join } from 'node:path';
import type { Slot } from '../model.ts';
import { countedLoader } from './counted-loader.ts';
import { environmentCounts } from './environment-counts.ts';
import { gptCounts } from './gpt-counts.ts';
import { cmdlineOfGrubEntry, grubPaths, grubSlotConfig, grubSlotFiles } from './grub-config.ts';
import { type KernelFiles, kernelFiles } from './kernel-files.ts';
import type { BootLoader } from './model.ts';

/** The loader whose ESP is mounted at `esp`. */
export function grub(esp: string): BootLoader {
  const counts = environmentCounts(join(esp, grubPaths.environment));
  return countedLoader({ kind: 'grub', counts, base: esp, files: grubFiles(esp) });
}

/** The same entries under a loader that goes by the boot marks of a disk's partitions (`gptprio.next`). */
export function gptPriority(esp: string, disk: string): BootLoader {
  return countedLoader({ kind: 'gpt-priority', counts: gptCounts(disk), base: esp, files: grubFiles(esp) });
}

function grubFiles(esp: string): KernelFiles {
  return kernelFiles(join(esp, 'keelson'), {
    name: grubSlotFiles.entry,
    format: grubSlotConfig,
    parse: cmdlineOfGrubEntry,
  });
}

/**
 * Lays a slot's files out below `esp` (mounted, or a folder that becomes one): what GRUB starts of this UKI.
 * For making images; a slot in use is written through the slot manager.
 */
export async function layGrubSlot(esp: string, slot: Slot, uki: string): Promise<void> {
  const files = grubFiles(esp);
  await files.disable(slot);
  await files.copy(slot, { paths: { uki } });
  await files.enable(slot, { paths: { uki } });
}
