// Slots in plain files, for a machine whose kernel somebody else starts: a virtual machine booted directly, a
// host's container, a small system that goes on by kexec. A folder with A/, B/, an environment block that
// counts, and a link `current` to the slot that boots next.

import { randomUUID } from 'node:crypto';
import { constants, open, readFile, rename, rm, stat, statfs, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  errnoOf,
  makeDirectory,
  readFileIfExists,
  syncDirectory,
  writeFileAtomic,
} from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import { formatGrubEnv, readGrubEnv, updateGrubEnv } from '../grubenv.ts';
import type { Slot } from '../model.ts';
import { checkAgainstTree } from '../release/read-back.ts';
import { type SlotPartitionIds, verityPartitionIds } from '../verity.ts';
import { copyInto, forgetCached } from './copy.ts';
import { countedLoader } from './counted-loader.ts';
import { environmentCounts } from './environment-counts.ts';
import { asSlot, grubChoice, grubVariables } from './grub-config.ts';
import { type KernelFiles, kernelFiles } from './kernel-files.ts';
import type { BootLoader, SlotStorage } from './model.ts';

/** Names below the folder; `usr` and `usr.verity` are image and tree. */
export const plainPaths = { environment: 'slots.env', current: 'current', identity: 'root-hash' } as const;

/** Makes the folder ready for its first write, with `good` as the slot that counts as running. */
export async function makePlainFolder(folder: string, good: Slot): Promise<void> {
  await makeSlotFolder(folder, good);
  await pointCurrent(folder);
}

/** The same without the link `current`. */
export async function makeSlotFolder(folder: string, good: Slot): Promise<void> {
  for (const slot of ['A', 'B']) await makeDirectory(join(folder, slot));
  const variables = { good_slot: good, try_slot: '', tries: '0' };
  await writeFileAtomic(join(folder, plainPaths.environment), formatGrubEnv(Object.entries(variables)));
}

/** Whether the folder holds slots. */
export async function plainFolderExists(folder: string): Promise<boolean> {
  return (await readFileIfExists(join(folder, plainPaths.environment))) !== undefined;
}

/** A slot's kernel, initrd and `cmdline`. */
export function plainEntries(folder: string): KernelFiles {
  return kernelFiles(folder, {
    name: 'cmdline',
    format: (_slot, cmdline) => `${cmdline}\n`,
    parse: (text) => (text.trim() === '' ? undefined : text.trim()),
  });
}

/** The loader's side. */
export function plainFiles(folder: string): BootLoader {
  return countedLoader({
    kind: 'plain-files',
    counts: environmentCounts(join(folder, plainPaths.environment), () => pointCurrent(folder)),
    base: folder,
    files: plainEntries(folder),
  });
}

/** Variables that change together; the last is the slot that was started last. */
const plainVariables = [...grubVariables, 'taken'] as const;

/**
 * For who boots the machine, before each boot: counts a try when one is due, and returns the slot to boot.
 * Throws `disk.absent` when no slot is good and none is to be tried.
 */
export async function takeTry(folder: string): Promise<Slot> {
  return (await countTry(folder)).slot;
}

/** The same, and whether the slot is on trial. */
export async function countTry(folder: string): Promise<{ readonly slot: Slot; readonly onTrial: boolean }> {
  const path = join(folder, plainPaths.environment);
  const variables = await readGrubEnv(path);
  const { slot, tries, counted } = grubChoice(variables);
  if (slot === undefined) throw diskErrors.error('absent', `${folder} has no slot that could be booted.`);
  if (counted || variables.get('taken') !== slot) {
    const count = counted ? { tries: String(tries) } : {};
    await updateGrubEnv(path, { ...count, taken: slot }, plainVariables);
  }
  await pointCurrent(folder, slot);
  return { slot, onTrial: counted };
}

/** The slot that was started last; before the first start the good one. Undefined when nothing tells. */
export async function takenSlot(folder: string): Promise<Slot | undefined> {
  const variables = await readGrubEnv(join(folder, plainPaths.environment)).catch((error: unknown) => {
    if (!diskErrors.is(error)) throw error;
    return new Map<string, string>();
  });
  return asSlot(variables.get('taken')) ?? asSlot(variables.get('good_slot'));
}

async function pointCurrent(folder: string, slot?: Slot): Promise<void> {
  const target = slot ?? grubChoice(await readGrubEnv(join(folder, plainPaths.environment))).slot;
  if (target === undefined) return;
  const temporary = join(folder, `.current-${randomUUID()}`);
  await symlink(target, temporary);
  await rename(temporary, join(folder, plainPaths.current));
  await syncDirectory(folder);
}

/** The content's side: `usr`, `usr.verity`, and the root hash that says they are whole. */
export function fileStorage(folder: string): SlotStorage {
  const at = (slot: Slot, name: string) => join(folder, slot, name);
  const part = { usr: 'usr', verity: 'usr.verity' } as const;

  const identity = async (slot: Slot): Promise<SlotPartitionIds | undefined> => {
    try {
      return verityPartitionIds((await readFile(at(slot, plainPaths.identity), 'utf8')).trim());
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || diskErrors.is(error)) return undefined;
      throw error;
    }
  };

  return {
    contents: async () => ({ A: await identity('A'), B: await identity('B') }),

    async capacity(slot) {
      const { bavail, bsize } = await statfs(folder);
      // What is there now goes before anything comes.
      const old = await Promise.all(Object.values(part).map((name) => fileBytes(at(slot, name))));
      const room = bavail * bsize + old.reduce((sum, bytes) => sum + bytes, 0);
      return { usr: room, verity: room };
    },

    async clear(slot) {
      await rm(at(slot, plainPaths.identity), { force: true });
      await syncDirectory(join(folder, slot));
      // The image stays: a fill that was interrupted goes on with it.
      await rm(at(slot, part.verity), { force: true });
      await syncDirectory(join(folder, slot));
    },

    async write(slot, kind, source, onBytes) {
      await rm(at(slot, part[kind]), { force: true });
      await copyInto(source, at(slot, part[kind]), 'file', onBytes);
      await syncDirectory(join(folder, slot));
    },

    path: async (slot, kind) => at(slot, part[kind]),

    async fill(slot, bytes, fill) {
      await using target = await open(at(slot, part.usr), constants.O_RDWR | constants.O_CREAT, 0o644);
      await target.truncate(bytes);
      await fill(target);
      await target.sync();
      await syncDirectory(join(folder, slot));
    },

    async check(slot, { manifest }) {
      const [data, tree] = [at(slot, part.usr), at(slot, part.verity)];
      await forgetCached(data);
      await forgetCached(tree);
      await checkAgainstTree({ data, tree, rootHash: manifest.verity.rootHash });
    },

    async identify(slot, { manifest }) {
      await writeFileAtomic(at(slot, plainPaths.identity), `${manifest.verity.rootHash}\n`);
    },
  };
}

async function fileBytes(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    (error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return 0;
      throw error;
    },
  );
}
