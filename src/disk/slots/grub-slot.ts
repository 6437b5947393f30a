// A slot's folder on the ESP for GRUB: kernel, initrd and command line, cut out of the UKI.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { syncDirectory, writeFileAtomic } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import type { Slot } from '../model.ts';
import { extractSection, hashSection, readUki } from '../uki.ts';
import { grubPaths, grubSlotConfig, grubSlotFiles } from './grub-config.ts';

/** Files that are cut out as they are, and the UKI's section of each. */
const copied = [
  [grubSlotFiles.kernel, '.linux'],
  [grubSlotFiles.initrd, '.initrd'],
  [grubSlotFiles.osRelease, '.osrel'],
] as const;

/** Makes the slot's folder below `esp` unbootable, first of all. */
export async function disableGrubSlot(esp: string, slot: Slot): Promise<void> {
  const folder = join(esp, grubPaths.slot(slot));
  await mkdir(folder, { recursive: true });
  await rm(join(folder, grubSlotFiles.entry), { force: true });
  await syncDirectory(folder);
}

/** Cuts kernel, initrd and os-release out of the UKI into the slot's folder; each file is synced. */
export async function copyGrubSlot(esp: string, slot: Slot, ukiPath: string): Promise<void> {
  const folder = join(esp, grubPaths.slot(slot));
  const uki = await readUki(ukiPath);
  await mkdir(folder, { recursive: true });
  for (const [name, section] of copied) await extractSection(uki, section, join(folder, name));
  await syncDirectory(folder);
}

/** Reads the copies back. Throws `disk.damaged` for the first that differs from the UKI. */
export async function checkGrubSlot(esp: string, slot: Slot, ukiPath: string): Promise<void> {
  const uki = await readUki(ukiPath);
  for (const [name, section] of copied) {
    const path = join(esp, grubPaths.slot(slot), name);
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    if (hash.digest('hex') !== (await hashSection(uki, section))) {
      throw diskErrors.error('damaged', `${path} does not read as it was written.`);
    }
  }
}

/** Writes the slot's entry, which makes it bootable, last of all. */
export async function enableGrubSlot(esp: string, slot: Slot, ukiPath: string): Promise<void> {
  const { cmdline } = await readUki(ukiPath);
  const path = join(esp, grubPaths.slot(slot), grubSlotFiles.entry);
  await writeFileAtomic(path, grubSlotConfig(slot, cmdline), { temporary: '.part-' });
}
