// Counts in an environment block: a good slot, one that is tried, and the tries it has left. They are in the first
// sector of the block, so that all of them change at once.

import { writeFileAtomic } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import { formatGrubEnv, readGrubEnv, updateGrubEnv } from '../grubenv.ts';
import type { Slot } from '../model.ts';
import type { SlotCounts } from './counts.ts';
import { asSlot, defaultTries, grubChoice, grubVariables } from './grub-config.ts';
import { otherSlot } from './model.ts';

/** Counts in the block at `path`; `onChange` is called after each change. */
export function environmentCounts(path: string, onChange?: () => Promise<void>): SlotCounts {
  const read = async () =>
    readGrubEnv(path).catch((cause: unknown) => {
      if (!diskErrors.is(cause, 'damaged')) throw cause;
      throw diskErrors.error('damaged', cause.message, {
        cause,
        hint: '`keelson slot bless` makes it anew.',
      });
    });
  const change = async (changes: Readonly<Record<string, string>>) => {
    await updateGrubEnv(path, changes, grubVariables);
    await onChange?.();
  };
  const trial = (slot: Slot) => ({ try_slot: slot, tries: String(defaultTries) });
  const onlyGood = (slot: Slot) => ({ good_slot: slot, try_slot: '', tries: '0' });

  return {
    async read() {
      const variables = await read();
      const fallback = asSlot(variables.get('good_slot'));
      const counts = { A: countOf('A', variables), B: countOf('B', variables) };
      return { counts, next: grubChoice(variables).slot, fallback };
    },

    async settle(slot) {
      const variables = await read();
      const settled = Object.entries(onlyGood(slot));
      if (settled.every(([key, value]) => (variables.get(key) ?? '') === value)) return;
      await change(onlyGood(slot));
    },

    tryNext: (slot) => change({ good_slot: otherSlot(slot), ...trial(slot) }),

    async prefer(slot) {
      const variables = await read();
      if (asSlot(variables.get('good_slot')) === slot) return change({ try_slot: '', tries: '0' });
      const isTried = variables.get('try_slot') === slot && variables.get('tries') !== '0';
      if (!isTried) await change(trial(slot));
    },

    async spend(slot) {
      const { slot: next, tries, counted } = grubChoice(await read());
      if (!counted || next !== slot) return false;
      await change({ tries: String(tries) });
      return true;
    },

    async bless(slot) {
      await change(onlyGood(slot)).catch(async (error: unknown) => {
        if (!diskErrors.is(error, 'damaged')) throw error;
        // The slot that runs is known without it, and nothing else of ours is in it.
        await writeFileAtomic(path, formatGrubEnv(Object.entries(onlyGood(slot)), grubVariables));
      });
    },
  };
}

function countOf(slot: Slot, variables: ReadonlyMap<string, string>) {
  if (variables.get('good_slot') === slot) return { left: undefined, done: 0 };
  if (variables.get('try_slot') !== slot) return { left: 0, done: 0 };
  const left = Number(variables.get('tries') || 0);
  return { left, done: Math.max(0, defaultTries - left) };
}
