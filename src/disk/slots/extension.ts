// Slots of a system extension (systemd-sysext(8)): two images of one layer over /usr, without kernels. Its loader is
// units/extensions, which runs early in each boot, counts tries and links the slot's image to where systemd looks.

import { readdir, readFile, rm, stat } from 'node:fs/promises';
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
import { isExtensionName } from '../release/model.ts';
import { isRootHash } from '../verity.ts';
import { hashFromDisk } from './copy.ts';
import { countedLoader, type EntryFiles } from './counted-loader.ts';
import { environmentCounts } from './environment-counts.ts';
import { asSlot } from './grub-config.ts';
import { type InitOptions, initSlots } from './init.ts';
import type { BootLoader, SlotStorage } from './model.ts';
import { fileStorage, makeSlotFolder, plainPaths } from './plain-files.ts';
import { isVersion } from './version.ts';

/** Slots are below the first, what this boot has taken of them is below the second; below `root` in tests. */
export const extensionFolders = {
  slots: '/var/lib/keelson/extensions',
  taken: '/run/keelson/extensions',
} as const;

/** The file that makes a slot startable; units/extensions reads it as well. */
const entryName = 'extension';

/** Where the slots of an extension are. Throws `disk.unsupported` for a text that cannot be a name of one. */
export function extensionFolder(name: string, root = ''): string {
  if (isExtensionName(name)) return join(root, extensionFolders.slots, name);
  throw diskErrors.error('unsupported', `“${name}” cannot be the name of an extension.`, {
    hint: 'Up to 48 of a-z, 0-9, _, . and -, the first a letter or a digit.',
  });
}

/** The loader's side of the slots in `folder`. */
export function extensionLoader(folder: string): BootLoader {
  return countedLoader({
    kind: 'extension',
    counts: environmentCounts(join(folder, plainPaths.environment)),
    base: folder,
    files: extensionEntries(folder),
  });
}

/** The content's side: the files of a plain folder, known by the SHA-256 that was signed. */
export function extensionStorage(folder: string): SlotStorage {
  const storage = fileStorage(folder);
  return {
    ...storage,
    async check(slot, { manifest }) {
      for (const part of ['usr', 'verity'] as const) {
        const path = await storage.path(slot, part);
        if ((await hashFromDisk(path)) === manifest[part].sha256) continue;
        throw diskErrors.error('damaged', `${path} does not read as it was written.`);
      }
    },
  };
}

function extensionEntries(folder: string): EntryFiles {
  const at = (slot: Slot, name: string) => join(folder, slot, name);
  const nothing = async () => {};
  return {
    folder: (slot) => join(folder, slot),

    async read(slot) {
      const path = at(slot, entryName);
      const text = await readFileIfExists(path);
      if (text === undefined) return undefined;
      const { version, rootHash, bytes } = parseEntry(text, path);
      const image = at(slot, 'usr');
      const size = await stat(image).then(
        (stats) => stats.size,
        (error: unknown) => {
          if (errnoOf(error) === 'ENOENT') return 0;
          throw error;
        },
      );
      if (size === bytes) return { version, rootHash };
      throw diskErrors.error('damaged', `${image} ends at offset ${size} instead of ${bytes}.`);
    },

    async disable(slot) {
      await makeDirectory(join(folder, slot));
      await rm(at(slot, entryName), { force: true });
      await syncDirectory(join(folder, slot));
    },

    // There is no kernel.
    copy: nothing,
    check: nothing,

    async enable(slot, { manifest }) {
      const { version, usr, verity } = manifest;
      const lines = [
        `VERSION=${version}`,
        `ROOT_HASH=${verity.rootHash}`,
        `BYTES=${usr.bytes}`,
        `SHA256=${usr.sha256}`,
      ];
      await writeFileAtomic(at(slot, entryName), `${lines.join('\n')}\n`, { temporary: '.part-' });
    },
  };
}

function parseEntry(text: string, path: string): { version: string; rootHash: string; bytes: number } {
  const value = (key: string) => new RegExp(`^${key}=(.+)$`, 'm').exec(text)?.[1] ?? '';
  const [version, rootHash, bytes] = [value('VERSION'), value('ROOT_HASH'), Number(value('BYTES'))];
  if (
    isVersion(version) &&
    isRootHash(rootHash) &&
    isRootHash(value('SHA256')) &&
    Number.isSafeInteger(bytes)
  ) {
    return { version, rootHash, bytes };
  }
  throw diskErrors.error('damaged', `${path} is damaged: it does not say what the slot holds.`);
}

/** What this boot has taken of an extension. */
export interface TakenExtension {
  readonly name: string;
  readonly slot: Slot;
  readonly version: string;
  readonly onTrial: boolean;
}

/** Of that extension; undefined when this boot has taken nothing of it. */
export async function takenExtension(name: string, root = ''): Promise<TakenExtension | undefined> {
  const text = await readFileIfExists(join(root, extensionFolders.taken, name));
  const [slot, version = '', trial] = (text ?? '').trim().split(' ');
  const known = asSlot(slot);
  return known && { name, slot: known, version, onTrial: trial === 'trial' };
}

/** All that this boot has taken, in order of their names. */
export async function takenExtensions(root = ''): Promise<readonly TakenExtension[]> {
  const names = await readdir(join(root, extensionFolders.taken)).catch((error: unknown): string[] => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
  const taken = await Promise.all(names.sort().map((name) => takenExtension(name, root)));
  return taken.filter((one) => one !== undefined);
}

/** Makes the folder of an extension with its first release, in slot A as the good one. Throws as `initPlainFolder`. */
export async function initExtension(
  name: string,
  releaseFolder: string,
  { root = '', ...options }: InitOptions & { readonly root?: string },
): Promise<{ readonly slot: Slot; readonly version: string }> {
  const folder = extensionFolder(name, root);
  return await initSlots(
    {
      ...{ folder, extension: name },
      storage: extensionStorage(folder),
      entries: extensionEntries(folder),
      make: (good) => makeSlotFolder(folder, good),
    },
    releaseFolder,
    options,
  );
}

/** The version of the layer of that name which is merged into /usr; undefined when none is. */
export async function mergedVersion(name: string, root = ''): Promise<string | undefined> {
  const path = join(root, '/usr/lib/extension-release.d', `extension-release.${name}`);
  const text = await readFile(path, 'utf8').catch(() => '');
  return /^IMAGE_VERSION="?([^"\n]+)"?$/m.exec(text)?.[1];
}
