// Kernel, initrd and command line out of an image's boot partition, for QEMU to load without any firmware.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cmdlineValue, extractSection, readPartitionTable, readUki } from '../../disk/index.ts';
import { run } from '../../host/index.ts';
import { sandboxErrors } from '../errors.ts';
import type { Hardware } from './model.ts';

/** mtools' name of a FAT file system inside a raw disk file: the partition with that label. Throws `sandbox.invalid`. */
export async function fatInDisk(disk: string, label = 'EFI-SYSTEM'): Promise<string> {
  const table = await readPartitionTable(disk);
  const partition = table.partitions.find(({ name }) => name === label);
  if (partition !== undefined) return `${disk}@@${partition.start * table.sectorBytes}`;
  throw sandboxErrors.error('invalid', `${disk} has no partition ${label}: it is no image of keelson's.`);
}

/**
 * Takes what a direct boot needs from a raw image into `folder`: from its newest unified kernel image, by name.
 * Throws `sandbox.invalid` when there is none, `disk.damaged` for one that is broken.
 */
export async function kernelOfImage(image: string, folder: string): Promise<NonNullable<Hardware['kernel']>> {
  await mkdir(folder, { recursive: true });
  const drive = await fatInDisk(image);
  const { stdout } = await run('mdir', ['-b', '-i', drive, '::/EFI/Linux'], { accept: 'any' });
  const names = stdout
    .split('\n')
    .flatMap((line) => /^::\/EFI\/Linux\/(.+\.efi)$/i.exec(line.trim())?.[1] ?? []);
  const newest = names.sort(new Intl.Collator('en', { numeric: true }).compare).at(-1);
  if (newest === undefined) {
    throw sandboxErrors.error(
      'invalid',
      `${image} has no unified kernel image in /EFI/Linux of its EFI-SYSTEM.`,
    );
  }
  const path = join(folder, 'kernel.efi');
  await run('mcopy', ['-n', '-o', '-i', drive, `::/EFI/Linux/${newest}`, path]);
  const uki = await readUki(path);
  const kernel = { image: join(folder, 'vmlinuz'), initrd: join(folder, 'initrd'), commandLine: uki.cmdline };
  await extractSection(uki, '.linux', kernel.image);
  await extractSection(uki, '.initrd', kernel.initrd);
  if (cmdlineValue(uki.cmdline, 'usrhash') === undefined) {
    throw sandboxErrors.error('invalid', `${image}: the command line of ${newest} has no usrhash=.`);
  }
  return kernel;
}
