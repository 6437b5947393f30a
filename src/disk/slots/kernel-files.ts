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
import { cmdlineValue, extractSection, hashSection, parseOsRelease, readUki } from '../uki.ts';
import { hashFromDisk } from './copy.ts';
import type { EntryFiles, EntryText } from './counted-loader.ts';
import { loaderVersion } from './release.ts';

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

/** Entries that need nothing of a release but where its UKI is. */
export interface KernelFiles extends EntryFiles {
  read(slot: Slot): Promise<(EntryText & { readonly cmdline: string }) | undefined>;
  copy(slot: Slot, release: WithUki): Promise<void>;
  check(slot: Slot, release: WithUki): Promise<void>;
  enable(slot: Slot, release: WithUki): Promise<void>;
}

interface WithUki {
  readonly paths: { readonly uki: string };
}

/** Slots' folders `<base>/A` and `<base>/B`, with that entry file. */
export function kernelFiles(base: string, entry: EntryFile): KernelFiles {
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
      return {
        ...{ cmdline, version: loaderVersion(osRelease) ?? '' },
        rootHash: cmdlineValue(cmdline, 'usrhash'),
      };
    },

    async disable(slot) {
      await makeDirectory(folder(slot));
      await rm(join(folder(slot), entry.name), { force: true });
      await syncDirectory(folder(slot));
    },

    async copy(slot, { paths }) {
      const uki = await readUki(paths.uki);
      await makeDirectory(folder(slot));
      for (const [name, section] of copied) await extractSection(uki, section, join(folder(slot), name));
      await syncDirectory(folder(slot));
    },

    async check(slot, { paths }) {
      const uki = await readUki(paths.uki);
      for (const [name, section] of copied) {
        const path = join(folder(slot), name);
        if ((await hashFromDisk(path)) === (await hashSection(uki, section))) continue;
        throw diskErrors.error('damaged', `${path} does not read as it was written.`);
      }
    },

    async enable(slot, { paths }) {
      const { cmdline } = await readUki(paths.uki);
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
