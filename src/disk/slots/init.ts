// The beginning of a folder of slots: its first release, in slot A, as the good one.
//
// INVARIANT: the environment block, without which it is no folder of slots, is written last: what was begun and did
// not end is begun again.

import { diskErrors } from '../errors.ts';
import type { Slot } from '../model.ts';
import type { EntryFiles } from './counted-loader.ts';
import { bothSlots, type SlotStorage } from './model.ts';
import { fileStorage, makePlainFolder, plainEntries, plainFolderExists } from './plain-files.ts';
import { wrongArchitecture, wrongProduct } from './plan.ts';
import { checkRelease, checkSizes, readRelease } from './release.ts';

export interface InitOptions {
  /** Of the machine that is to run it, as Debian calls it: amd64, arm64. */
  readonly architecture: string;
  /** Told before each step, in a sentence. */
  readonly onStep?: (text: string) => void;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a folder of slots is made of. */
export interface SlotFolder {
  readonly folder: string;
  /** The name of the extension that it is for; undefined for a system. */
  readonly extension?: string;
  readonly storage: SlotStorage;
  readonly entries: EntryFiles;
  /** Writes the environment block. */
  readonly make: (good: Slot) => Promise<void>;
}

/**
 * Makes `folder` hold this release and nothing else. Throws `disk.refused` when it has slots already, and as
 * `SlotManager.write` for a release that is damaged, too large, another architecture's or an extension's.
 */
export async function initPlainFolder(
  folder: string,
  releaseFolder: string,
  options: InitOptions,
): Promise<{ readonly slot: Slot; readonly version: string }> {
  const parts = { storage: fileStorage(folder), entries: plainEntries(folder) };
  const make = (good: Slot) => makePlainFolder(folder, good);
  return await initSlots({ folder, ...parts, make }, releaseFolder, options);
}

/** The same for a folder of any kind. */
export async function initSlots(
  { folder, extension, storage, entries, make }: SlotFolder,
  releaseFolder: string,
  { architecture, onStep = () => {}, onProgress = () => {} }: InitOptions,
): Promise<{ readonly slot: Slot; readonly version: string }> {
  const slot: Slot = 'A';
  const release = await readRelease(releaseFolder);
  const { version, usr, verity, uki } = release.manifest;
  const refusal =
    wrongProduct(release.manifest, extension) ?? wrongArchitecture(release.manifest, architecture);
  if (refusal !== undefined) throw refusal;
  if (await plainFolderExists(folder)) {
    throw diskErrors.error('refused', `${folder} has slots already.`, {
      hint: `keelson slot write ${extension === undefined ? '--folder' : '--extension'} puts another version into it.`,
    });
  }
  await checkSizes(release);
  onStep(`Checking release ${version}`);
  await checkRelease(release);
  for (const each of bothSlots) {
    await entries.disable(each);
    await storage.clear(each);
  }
  const total = usr.bytes + verity.bytes;
  onStep(`Writing /usr of ${version} to slot ${slot}`);
  await storage.write(slot, 'usr', release.paths.usr, (written) => onProgress(written, total));
  await storage.write(slot, 'verity', release.paths.verity, (written) =>
    onProgress(usr.bytes + written, total),
  );
  onStep(`Reading slot ${slot} back`);
  await storage.check(slot, release);
  await storage.identify(slot, release);
  if (uki !== undefined) onStep(`Writing the kernel of ${version}`);
  await entries.copy(slot, release);
  await entries.check(slot, release);
  await entries.enable(slot, release);
  await make(slot);
  return { slot, version };
}
