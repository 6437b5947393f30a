// A disk that boots under UEFI and under BIOS: what is done for the loader that booted is done for the other as
// well, so that the disk can move to a machine of the other kind.

import { diskErrors } from '../errors.ts';
import type { BootLoader, LoaderView } from './model.ts';

/**
 * `own` decides: it is what status tells, and its entry appears last. `other` follows; a slot that it does not
 * start is no error there.
 */
export function bothLoaders(own: BootLoader, other: BootLoader): BootLoader {
  // What the other loader saw when the own one was read.
  const seen = new WeakMap<LoaderView, LoaderView>();
  const empty: LoaderView = { entries: [], next: undefined, problems: [] };
  const viewOfOther = (view: LoaderView) => seen.get(view) ?? empty;

  return {
    kind: own.kind,

    async read(slotOf) {
      const theirs = await other.read(slotOf);
      const ours = await own.read(slotOf);
      const view = { ...ours, problems: [...ours.problems, ...theirs.problems] };
      seen.set(view, theirs);
      return view;
    },

    async room(release, slot, view) {
      const one = await own.room(release, slot, view);
      const two = await other.room(release, slot, viewOfOther(view));
      return { needed: one.needed + two.needed, free: one.free, freed: one.freed + two.freed };
    },

    async disarm(slot, view) {
      await own.disarm(slot, view);
      await other.disarm(slot, viewOfOther(view));
    },

    async prepare(slot, release) {
      await own.prepare(slot, release);
      await other.prepare(slot, release);
    },

    async checkPrepared(slot, release) {
      await own.checkPrepared(slot, release);
      await other.checkPrepared(slot, release);
    },

    async arm(slot, release) {
      await other.arm(slot, release);
      await own.arm(slot, release);
    },

    async activate(slot, running, view) {
      await other.activate(slot, running, viewOfOther(view));
      await own.activate(slot, running, view);
    },

    kernel: (slot, view, folder) => own.kernel(slot, view, folder),

    async spendTry(slot, view) {
      const spent = await own.spendTry(slot, view);
      if (spent) await other.spendTry(slot, viewOfOther(view));
      return spent;
    },

    async bless(slot, view) {
      const changed = await own.bless(slot, view);
      await other.bless(slot, viewOfOther(view)).catch((error: unknown) => {
        if (!diskErrors.is(error, 'absent')) throw error;
      });
      return changed;
    },
  };
}
