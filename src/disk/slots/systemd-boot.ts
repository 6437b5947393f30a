// Slots under systemd-boot: a UKI an entry in ESP/EFI/Linux, tries counted in its name.
// https://systemd.io/AUTOMATIC_BOOT_ASSESSMENT/, systemd-boot(7)

import { open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, makeDirectory, syncDirectory } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import type { Slot } from '../model.ts';
import { ukiOf } from '../release/model.ts';
import { cmdlineValue, extractSection, isListedUki, readUki } from '../uki.ts';
import { nextEntry, recountsFor } from './boot-choice.ts';
import {
  bootPartitionProblems,
  entryFolder,
  ifMissing,
  isPart,
  mendBootPartition,
  removeLeftovers,
} from './boot-partition.ts';
import { copyInto, hashFromDisk } from './copy.ts';
import { type EntryName, formatEntryName, parseEntryName } from './entry-name.ts';
import { defaultTries } from './grub-config.ts';
import { type BootEntry, type BootLoader, type LoaderView, otherSlot, type SlotOf } from './model.ts';
import { loaderVersion } from './release.ts';

/** FAT keeps whole clusters, and folders grow. */
const slackBytes = 1024 * 1024;

/** The loader whose ESP is mounted at `esp`. */
export function systemdBoot(esp: string): BootLoader {
  const folder = join(esp, entryFolder);
  const partOf = (version: string) => join(folder, `keelson_${version}.part`);

  return {
    kind: 'systemd-boot',

    async read(slotOf) {
      const names = await readdir(folder).catch(ifMissing([] as string[]));
      const entries = await Promise.all(
        names.map((file) => readEntry(join(folder, file), parseEntryName(file), slotOf)),
      );
      const known = entries.filter((entry) => entry !== undefined);
      const problems = names
        .filter(isPart)
        .map((file) => `${join(folder, file)} was left by a write that did not end.`);
      for (const { path, slot, problem } of known) {
        if (problem === undefined && slot === undefined)
          problems.push(`${path} starts a /usr that neither slot holds.`);
      }
      problems.push(...(await bootPartitionProblems(esp)));
      const listed = await Promise.all(known.map(({ path }) => isListedUki(path)));
      return { entries: known, next: nextEntry(known.filter((_, index) => listed[index])), problems };
    },

    async room(release, slot, view) {
      const names = await readdir(folder).catch(ifMissing([] as string[]));
      const leaving = [
        ...view.entries.filter((entry) => entry.slot !== otherSlot(slot)).map(({ path }) => path),
        ...names.filter(isPart).map((file) => join(folder, file)),
      ];
      const sizes = await Promise.all(leaving.map(async (path) => (await stat(path)).size));
      const { bavail, bsize } = await statfs(esp);
      const freed = sizes.reduce((sum, size) => sum + size, 0);
      return { needed: ukiOf(release.manifest).bytes + slackBytes, free: bavail * bsize, freed };
    },

    async disarm(slot, view) {
      await makeDirectory(folder);
      for (const entry of view.entries) {
        if (entry.slot !== otherSlot(slot)) await rm(entry.path, { force: true });
      }
      await syncDirectory(folder);
      await removeLeftovers(esp);
    },

    async prepare(_slot, release) {
      await mendBootPartition(esp);
      const part = partOf(release.manifest.version);
      await rm(part, { force: true });
      await copyInto(release.paths.uki, part, 'file');
      await syncDirectory(folder);
    },

    async checkPrepared(_slot, release) {
      const part = partOf(release.manifest.version);
      if ((await hashFromDisk(part)) !== ukiOf(release.manifest).sha256) {
        throw diskErrors.error('damaged', `${part} does not read as it was written.`);
      }
      await readUki(part);
    },

    async arm(_slot, { manifest }) {
      const name = { version: manifest.version, left: defaultTries, done: 0 };
      await renameSynced(folder, partOf(manifest.version), join(folder, formatEntryName(name)));
    },

    async activate(slot, running, view) {
      for (const { entry, left, done } of recountsFor(slot, running, view.entries)) {
        await recount(folder, entry, left, done);
      }
    },

    async kernel(slot, view, into) {
      const entry = wholeEntry(slot, view);
      if (entry === undefined) return undefined;
      const uki = await readUki(entry.path);
      const [linux, initrd] = [join(into, 'vmlinuz'), join(into, 'initrd')];
      await extractSection(uki, '.linux', linux);
      await extractSection(uki, '.initrd', initrd);
      return { linux, initrd, cmdline: uki.cmdline };
    },

    async spendTry(slot, view) {
      const entry = wholeEntry(slot, view);
      if (entry?.left === undefined || entry.left === 0) return false;
      await recount(folder, entry, entry.left - 1, entry.done + 1);
      return true;
    },

    async bless(slot, view) {
      const own = view.entries.filter((entry) => entry.slot === slot && entry.problem === undefined);
      if (own.length === 0) throw withoutEntry(slot, folder);
      if (own.some((entry) => entry.left === undefined)) {
        // A rename that power cut short may have left both names.
        const counted = own.filter((entry) => entry.left !== undefined);
        for (const { path } of counted) await rm(path, { force: true });
        if (counted.length > 0) await syncDirectory(folder);
        await tidy(esp);
        return false;
      }
      const entry = nextEntry(own);
      if (entry !== undefined) await recount(folder, entry, undefined, 0);
      await tidy(esp);
      return true;
    },
  };
}

function withoutEntry(slot: Slot, folder: string): Error {
  return diskErrors.error('absent', `No entry in ${folder} starts slot ${slot}.`);
}

/** The entry of a slot that the loader would start first. */
function wholeEntry(slot: Slot, { entries }: LoaderView): BootEntry | undefined {
  return nextEntry(entries.filter((entry) => entry.slot === slot && entry.problem === undefined));
}

/** A partition that is full or damaged is no reason against a blessing: status tells what is missing. */
async function tidy(esp: string): Promise<void> {
  try {
    await removeLeftovers(esp);
    await mendBootPartition(esp);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

async function readEntry(
  path: string,
  name: EntryName | undefined,
  slotOf: SlotOf,
): Promise<BootEntry | undefined> {
  if (name === undefined) return undefined;
  const counts = { left: name.left, done: name.done, path };
  try {
    const uki = await readUki(path);
    const rootHash = cmdlineValue(uki.cmdline, 'usrhash');
    const version = loaderVersion(uki.osRelease) ?? name.version;
    return { ...counts, slot: slotOf(rootHash), version, rootHash, problem: undefined };
  } catch (error) {
    if (!diskErrors.is(error)) throw error;
    const broken = { slot: undefined, version: name.version, rootHash: undefined };
    return { ...counts, ...broken, problem: error.message };
  }
}

async function recount(
  folder: string,
  entry: BootEntry,
  left: number | undefined,
  done: number,
): Promise<void> {
  const version = parseEntryName(entry.path.slice(folder.length + 1))?.version ?? entry.version;
  await renameSynced(folder, entry.path, join(folder, formatEntryName({ version, left, done })));
}

/** On FAT a file's beginning is in its folder's entry: both are synced before anything else happens. */
async function renameSynced(folder: string, from: string, to: string): Promise<void> {
  if (from !== to) await rename(from, to);
  await using file = await open(to, 'r');
  await file.sync();
  await syncDirectory(folder);
}
