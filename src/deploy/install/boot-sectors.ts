// What starts the installed disk on a BIOS machine: from the system that runs, if it is one of ours, else made.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileIfExists } from '../../host/index.ts';
import { type BootSectors, bootSectorFiles, buildBootSectors } from '../image/boot-sectors.ts';

/** Whether this system brings them, so that GRUB's own tools are not needed. */
export async function bringsBootSectors(folder = bootSectorFiles.folder): Promise<boolean> {
  return (await readFileIfExists(join(folder, bootSectorFiles.core))) !== undefined;
}

/** Both, for a disk whose ESP has this number. `scratch` is a folder for the work. */
export async function provideBootSectors(scratch: string, espNumber: number): Promise<BootSectors> {
  const { folder, boot, core } = bootSectorFiles;
  if (!(await bringsBootSectors())) return await buildBootSectors(scratch, espNumber);
  return { boot: await readFile(join(folder, boot)), core: await readFile(join(folder, core)) };
}
