// Slots of a kernel, an initrd and an entry each, for loaders that start kernels and no UKIs: GRUB, and who starts a
// machine of plain files; and of extensions, which have none of the three. Which one boots is counted apart from them (counts.ts).

import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import type { Slot } from '../model.ts';
import { readUki } from '../uki.ts';
import type { CountsView, SlotCounts } from './counts.ts';
import { type BootEntry, type BootLoader, bothSlots, otherSlot, type SlotOf } from './model.ts';
import type { Release } from './release.ts';

/** What a slot's entry says, as it was written down. */
export interface EntryText {
  readonly version: string;
  readonly rootHash: string | undefined;
  /** Of the kernel; an extension has none. */
  readonly cmdline?: string;
}

/** How entries are kept. */
export interface EntryFiles {
  readonly folder: (slot: Slot) => string;
  /** Undefined when the slot cannot be started. Throws `disk.damaged` when only a part of it is there. */
  read(slot: Slot): Promise<EntryText | undefined>;
  disable(slot: Slot): Promise<void>;
  copy(slot: Slot, release: Release): Promise<void>;
  check(slot: Slot, release: Release): Promise<void>;
  enable(slot: Slot, release: Release): Promise<void>;
}

export interface CountedLoaderOptions {
  readonly kind: BootLoader['kind'];
  readonly counts: SlotCounts;
  /** A folder on the file system that entries are on. */
  readonly base: string;
  readonly files: EntryFiles;
}

/** What is known of both when nothing can be read. */
const unknown: CountsView = {
  counts: { A: { left: 0, done: 0 }, B: { left: 0, done: 0 } },
  next: undefined,
  fallback: undefined,
};

const slackBytes = 1024 * 1024;

/** The loader of these entries and counts. */
export function countedLoader({ kind, counts, base, files }: CountedLoaderOptions): BootLoader {
  return {
    kind,

    async read(slotOf) {
      const problems: string[] = [];
      const view = await counts.read().catch((error: unknown) => {
        if (!diskErrors.is(error)) throw error;
        problems.push(error.message);
        return unknown;
      });
      const found = await Promise.all(bothSlots.map((slot) => readEntry(files, slot, view, slotOf)));
      const entries = found.filter((entry) => entry !== undefined);
      const startable = entries.filter(({ problem }) => problem === undefined);
      const at = (wanted: Slot | undefined) =>
        startable.find((entry) => wanted !== undefined && entry.path === files.folder(wanted));
      // The loader goes on to the good slot, and then to any, when one cannot be loaded.
      const next = at(view.next) ?? at(view.fallback) ?? startable[0];
      return { entries, next, problems };
    },

    async room(release, slot) {
      // Here, because nothing has been changed yet.
      await counts.read();
      const freed = await folderBytes(files.folder(slot));
      const { bavail, bsize } = await statfs(base);
      return { needed: (await partsBytes(release)) + slackBytes, free: bavail * bsize, freed };
    },

    async disarm(slot) {
      await counts.settle(otherSlot(slot));
      await files.disable(slot);
    },

    prepare: (slot, release) => files.copy(slot, release),
    checkPrepared: (slot, release) => files.check(slot, release),

    async arm(slot, release) {
      await files.enable(slot, release);
      await counts.tryNext(slot);
    },

    async activate(slot, running, view) {
      const isGood = view.entries.some((entry) => entry.slot === running && entry.left === undefined);
      if (slot !== running && isGood) await counts.tryNext(slot);
      else await counts.prefer(slot);
    },

    async kernel(slot) {
      const text = await files.read(slot);
      if (text?.cmdline === undefined) return undefined;
      const at = (name: string) => join(files.folder(slot), name);
      return { linux: at('vmlinuz'), initrd: at('initrd'), cmdline: text.cmdline };
    },

    spendTry: (slot) => counts.spend(slot),

    async bless(slot, view) {
      const own = view.entries.find((entry) => entry.slot === slot);
      if (own === undefined) {
        throw diskErrors.error('absent', `${files.folder(slot)} holds nothing that starts slot ${slot}.`);
      }
      if (own.left === undefined) return false;
      await counts.bless(slot);
      return true;
    },
  };
}

async function readEntry(
  files: EntryFiles,
  slot: Slot,
  view: CountsView,
  slotOf: SlotOf,
): Promise<BootEntry | undefined> {
  const counts = { ...view.counts[slot], path: files.folder(slot) };
  try {
    const text = await files.read(slot);
    if (text === undefined) return undefined;
    const { version, rootHash } = text;
    const holder = slotOf(rootHash);
    const problem =
      holder === slot ? undefined : `${counts.path} starts a /usr that slot ${slot} does not hold.`;
    return { ...counts, slot: holder, version, rootHash, problem };
  } catch (error) {
    if (!diskErrors.is(error)) throw error;
    return { ...counts, slot: undefined, version: '', rootHash: undefined, problem: error.message };
  }
}

async function partsBytes({ manifest, paths }: Release): Promise<number> {
  // One that comes over a network is not here yet: it has no more in it than itself.
  if (paths.uki === '') return manifest.uki?.bytes ?? 0;
  const { sections } = await readUki(paths.uki);
  return (sections.get('.linux')?.bytes ?? 0) + (sections.get('.initrd')?.bytes ?? 0);
}

async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of ['vmlinuz', 'initrd']) {
    bytes += await stat(join(folder, name)).then(
      ({ size }) => size,
      (error: unknown) => {
        if (errnoOf(error) === 'ENOENT') return 0;
        throw error;
      },
    );
  }
  return bytes;
}
