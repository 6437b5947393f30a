// The beginning of a folder of slots: its first release, in slot A, as the good one.
//
// INVARIANT: the environment block, without which it is no folder of slots, is written last: what was begun and did
// not end is begun again.

import { diskErrors } from '../errors.ts';
import type { Slot } from '../model.ts';
import { fileStorage, makePlainFolder, plainEntries, plainFolderExists } from './plain-files.ts';
import { wrongArchitecture } from './plan.ts';
import { checkRelease, checkSizes, readRelease } from './release.ts';

export interface PlainInitOptions {
  /** Of the machine that is to run it, as Debian calls it: amd64, arm64. */
  readonly architecture: string;
  /** Told before each step, in a sentence. */
  readonly onStep?: (text: string) => void;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Makes `folder` hold this release and nothing else. Throws `disk.refused` when it has slots already, and as
 * `SlotManager.write` for a release that is damaged, too large or another architecture's.
 */
export async function initPlainFolder(
  folder: string,
  releaseFolder: string,
  { architecture, onStep = () => {}, onProgress = () => {} }: PlainInitOptions,
): Promise<{ readonly slot: Slot; readonly version: string }> {
  const slot: Slot = 'A';
  const release = await readRelease(releaseFolder);
  const { version, usr, verity } = release.manifest;
  const refusal = wrongArchitecture(release.manifest, architecture);
  if (refusal !== undefined) throw refusal;
  if (await plainFolderExists(folder)) {
    throw diskErrors.error('refused', `${folder} has slots already.`, {
      hint: 'keelson slot write --folder puts another version into it.',
    });
  }
  await checkSizes(release);
  onStep(`Checking release ${version}`);
  await checkRelease(release);
  const storage = fileStorage(folder);
  const entries = plainEntries(folder);
  for (const each of ['A', 'B'] as const) {
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
  onStep(`Writing the kernel of ${version}`);
  await entries.copy(slot, release.paths.uki);
  await entries.check(slot, release.paths.uki);
  await entries.enable(slot, release.paths.uki);
  await makePlainFolder(folder, slot);
  return { slot, version };
}
