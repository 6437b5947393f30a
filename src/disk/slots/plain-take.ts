// Before each boot of a machine of plain files whose kernel has no dm-verity for it (a container has its host's):
// the slot that is due, read whole against its hash tree and root hash.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskErrors } from '../errors.ts';
import type { Slot } from '../model.ts';
import { cmdlineValue } from '../uki.ts';
import { verifyVerity } from '../verity.ts';
import { trialWord } from './grub-config.ts';
import { countTry, fileStorage, plainEntries, plainPaths } from './plain-files.ts';

export interface SlotToBoot {
  readonly slot: Slot;
  /** The image of /usr. */
  readonly usr: string;
  /** The kernel's command line, with the word for a slot that is on trial. */
  readonly cmdline: string;
}

/**
 * Counts a try when one is due, and returns what is to be booted. With `check` only what is whole: a slot on trial
 * that is damaged has spent its try, `onDamaged` is told, and what is due then is looked at. Throws `disk.absent`
 * when nothing can be booted, `disk.damaged` when the good slot is damaged.
 */
export async function takeSlot(
  folder: string,
  { check, onDamaged }: { readonly check: boolean; readonly onDamaged?: (sentence: string) => void },
): Promise<SlotToBoot> {
  for (;;) {
    const { slot, onTrial } = await countTry(folder);
    try {
      const words = await cmdlineOf(folder, slot);
      const usr = await fileStorage(folder).path(slot, 'usr');
      if (check) await checkSlot(folder, slot, words);
      return { slot, usr, cmdline: onTrial ? `${words} ${trialWord}` : words };
    } catch (error) {
      // The good slot is what is left: there is nothing to go on to.
      if (!onTrial || !diskErrors.is(error)) throw error;
      onDamaged?.(`Slot ${slot} is not started, and has spent a try: ${error.message}`);
    }
  }
}

async function cmdlineOf(folder: string, slot: Slot): Promise<string> {
  const text = await plainEntries(folder).read(slot);
  if (text !== undefined) return text.cmdline;
  throw diskErrors.error('absent', `${join(folder, slot)} holds nothing that could be started.`);
}

async function checkSlot(folder: string, slot: Slot, cmdline: string): Promise<void> {
  const path = join(folder, slot, plainPaths.identity);
  const written = await readFile(path, 'utf8').catch(() => '');
  const rootHash = cmdlineValue(cmdline, 'usrhash');
  if (rootHash === undefined || written.trim() !== rootHash) {
    throw diskErrors.error(
      'damaged',
      `${path} does not have the root hash that slot ${slot} is started with.`,
    );
  }
  const storage = fileStorage(folder);
  const [data, tree] = [await storage.path(slot, 'usr'), await storage.path(slot, 'verity')];
  await verifyVerity({ data, tree, rootHash });
}
