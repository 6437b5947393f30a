// A slot's folder: kernel, initrd and os-release cut out of the UKI, for who starts kernels and no UKIs.

import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  errnoOf,
  makeDirectory,
  readFileIfExists,
  syncDirectory,
  writeFileAtomic,
} from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import type { Slot } from '../model.ts';
import { extractSection, hashSection, parseOsRelease, readUki } from '../uki.ts';
import { hashFromDisk } from './copy.ts';
import type { EntryFiles } from './counted-loader.ts';

/** Files that are cut out as they are, and the UKI's section of each. */
const copied = [
  ['vmlinuz', '.linux'],
  ['initrd', '.initrd'],
  ['os-release', '.osrel'],
] as const;

/** The file whose presence makes a slot startable: written last, removed first. */
export interface EntryFile {
  readonly name: string;
  readonly format: (slot: Slot, cmdline: string) => string;
  /** The command line in it, or undefined when it is damaged. */
  readonly parse: (text: string) => string | undefined;
}

/** Slots' folders `<base>/A` and `<base>/B`, with that entry file. */
export function kernelFiles(base: string, entry: EntryFile): EntryFiles {
  const folder = (slot: Slot) => join(base, slot);
  return {
    folder,

    async read(slot) {
      const path = join(folder(slot), entry.name);
      const text = await readFileIfExists(path);
      if (text === undefined) return undefined;
      const cmdline = entry.parse(text);
      if (cmdline === undefined)
        throw diskErrors.error('damaged', `${path} is damaged at offset 0: no entry of ours.`);
      for (const [name] of copied) await needFile(join(folder(slot), name));
      const osRelease = parseOsRelease(await readFile(join(folder(slot), 'os-release'), 'utf8'));
      return { cmdline, osRelease };
    },

    async disable(slot) {
      await makeDirectory(folder(slot));
      await rm(join(folder(slot), entry.name), { force: true });
      await syncDirectory(folder(slot));
    },

    async copy(slot, ukiPath) {
      const uki = await readUki(ukiPath);
      await makeDirectory(folder(slot));
      for (const [name, section] of copied) await extractSection(uki, section, join(folder(slot), name));
      await syncDirectory(folder(slot));
    },

    async check(slot, ukiPath) {
      const uki = await readUki(ukiPath);
      for (const [name, section] of copied) {
        const path = join(folder(slot), name);
        if ((await hashFromDisk(path)) === (await hashSection(uki, section))) continue;
        throw diskErrors.error('damaged', `${path} does not read as it was written.`);
      }
    },

    async enable(slot, ukiPath) {
      const { cmdline } = await readUki(ukiPath);
      const path = join(folder(slot), entry.name);
      await writeFileAtomic(path, entry.format(slot, cmdline), { temporary: '.part-' });
    },
  };
}

async function needFile(path: string): Promise<void> {
  const bytes = await stat(path).then(
    ({ size }) => size,
    (error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return 0;
      throw error;
    },
  );
  if (bytes === 0) throw diskErrors.error('damaged', `${path} is missing or empty.`);
}
