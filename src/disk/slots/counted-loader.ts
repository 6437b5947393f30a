// Slots that are counted in an environment block: a good slot, one that is tried, and the tries it has left.
// Shared by GRUB and by plain files, which differ in how an entry is written down.

import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, writeFileAtomic } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import { formatGrubEnv, readGrubEnv, updateGrubEnv } from '../grubenv.ts';
import type { Slot } from '../model.ts';
import { cmdlineValue, readUki } from '../uki.ts';
import { asSlot, defaultTries, grubChoice, grubVariables } from './grub-config.ts';
import { type BootEntry, type BootLoader, bothSlots, otherSlot, type SlotOf } from './model.ts';
import { loaderVersion, type Release } from './release.ts';

/** What a slot's entry says, as it was written down. */
export interface EntryText {
  readonly cmdline: string;
  readonly osRelease: ReadonlyMap<string, string>;
}

/** How entries are kept. */
export interface EntryFiles {
  readonly folder: (slot: Slot) => string;
  /** Undefined when the slot cannot be started. Throws `disk.damaged` when only a part of it is there. */
  read(slot: Slot): Promise<EntryText | undefined>;
  disable(slot: Slot): Promise<void>;
  copy(slot: Slot, uki: string): Promise<void>;
  check(slot: Slot, uki: string): Promise<void>;
  enable(slot: Slot, uki: string): Promise<void>;
}

export interface CountedLoaderOptions {
  readonly kind: BootLoader['kind'];
  /** The environment block. */
  readonly environment: string;
  /** A folder on the file system that entries are on. */
  readonly base: string;
  readonly files: EntryFiles;
  /** Called after the environment changed. */
  readonly onChange?: () => Promise<void>;
}

const slackBytes = 1024 * 1024;

/** A loader over an environment block. */
export function countedLoader({
  kind,
  environment,
  base,
  files,
  onChange,
}: CountedLoaderOptions): BootLoader {
  const change = async (changes: Readonly<Record<string, string>>) => {
    await updateGrubEnv(environment, changes, grubVariables);
    await onChange?.();
  };

  return {
    kind,

    async read(slotOf) {
      const problems: string[] = [];
      const variables = await readGrubEnv(environment).catch((error: unknown) => {
        if (!diskErrors.is(error)) throw error;
        problems.push(error.message);
        return new Map<string, string>();
      });
      const found = await Promise.all(bothSlots.map((slot) => readEntry(files, slot, variables, slotOf)));
      const entries = found.filter((entry) => entry !== undefined);
      const startable = entries.filter(({ problem }) => problem === undefined);
      const { slot } = grubChoice(variables);
      const at = (wanted: Slot | undefined) =>
        startable.find((entry) => wanted !== undefined && entry.path === files.folder(wanted));
      // The loader goes on to the good slot, and then to any, when one cannot be loaded.
      const next = at(slot) ?? at(asSlot(variables.get('good_slot'))) ?? startable[0];
      return { entries, next, problems };
    },

    async room(release, slot) {
      // Here, because nothing has been changed yet.
      await readGrubEnv(environment).catch((cause: unknown) => {
        if (!diskErrors.is(cause, 'damaged')) throw cause;
        throw diskErrors.error('damaged', cause.message, {
          cause,
          hint: '`keelson slot bless` makes it anew.',
        });
      });
      const freed = await folderBytes(files.folder(slot));
      const { bavail, bsize } = await statfs(base);
      return { needed: (await partsBytes(release)) + slackBytes, free: bavail * bsize, freed };
    },

    async disarm(slot) {
      const variables = await readGrubEnv(environment);
      const settled = { good_slot: otherSlot(slot), try_slot: '', tries: '0' };
      const done = Object.entries(settled).every(([key, value]) => (variables.get(key) ?? '') === value);
      if (!done) await change(settled);
      await files.disable(slot);
    },

    prepare: (slot, release) => files.copy(slot, release.paths.uki),
    checkPrepared: (slot, release) => files.check(slot, release.paths.uki),

    async arm(slot, release) {
      await files.enable(slot, release.paths.uki);
      await change({ good_slot: otherSlot(slot), try_slot: slot, tries: String(defaultTries) });
    },

    async activate(slot, running, view) {
      const variables = await readGrubEnv(environment);
      const good = asSlot(variables.get('good_slot'));
      const isGood = view.entries.some((entry) => entry.slot === running && entry.left === undefined);
      if (slot !== running && isGood) {
        await change({ good_slot: otherSlot(slot), try_slot: slot, tries: String(defaultTries) });
      } else if (good === slot) {
        await change({ try_slot: '', tries: '0' });
      } else {
        const tried = variables.get('try_slot') === slot && variables.get('tries') !== '0';
        if (!tried) await change({ try_slot: slot, tries: String(defaultTries) });
      }
    },

    async kernel(slot) {
      const text = await files.read(slot);
      if (text === undefined) return undefined;
      const at = (name: string) => join(files.folder(slot), name);
      return { linux: at('vmlinuz'), initrd: at('initrd'), cmdline: text.cmdline };
    },

    async spendTry(slot) {
      const variables = await readGrubEnv(environment);
      const { slot: next, tries, counted } = grubChoice(variables);
      if (!counted || next !== slot) return false;
      await change({ tries: String(tries) });
      return true;
    },

    async bless(slot, view) {
      const own = view.entries.find((entry) => entry.slot === slot);
      if (own === undefined) {
        throw diskErrors.error('absent', `${files.folder(slot)} holds nothing that starts slot ${slot}.`);
      }
      if (own.left === undefined) return false;
      const good = { good_slot: slot, try_slot: '', tries: '0' };
      await change(good).catch(async (error: unknown) => {
        if (!diskErrors.is(error, 'damaged')) throw error;
        // The slot that runs is known without it, and nothing else of ours is in it.
        await writeFileAtomic(environment, formatGrubEnv(Object.entries(good), grubVariables));
      });
      return true;
    },
  };
}

async function readEntry(
  files: EntryFiles,
  slot: Slot,
  variables: ReadonlyMap<string, string>,
  slotOf: SlotOf,
): Promise<BootEntry | undefined> {
  const counts = { ...countOf(slot, variables), path: files.folder(slot) };
  try {
    const text = await files.read(slot);
    if (text === undefined) return undefined;
    const rootHash = cmdlineValue(text.cmdline, 'usrhash');
    const holder = slotOf(rootHash);
    const problem =
      holder === slot ? undefined : `${counts.path} starts a /usr that slot ${slot} does not hold.`;
    return { ...counts, slot: holder, version: loaderVersion(text.osRelease) ?? '', rootHash, problem };
  } catch (error) {
    if (!diskErrors.is(error)) throw error;
    return { ...counts, slot: undefined, version: '', rootHash: undefined, problem: error.message };
  }
}

function countOf(slot: Slot, variables: ReadonlyMap<string, string>): Pick<BootEntry, 'left' | 'done'> {
  if (variables.get('good_slot') === slot) return { left: undefined, done: 0 };
  if (variables.get('try_slot') !== slot) return { left: 0, done: 0 };
  const left = Number(variables.get('tries') || 0);
  return { left, done: Math.max(0, defaultTries - left) };
}

async function partsBytes(release: Release): Promise<number> {
  const { sections } = await readUki(release.paths.uki);
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
