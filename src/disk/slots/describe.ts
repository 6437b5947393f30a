// The state of slots out of what loader, table and command line say. Pure.

import type { Slot } from '../model.ts';
import { cmdlineValue } from '../uki.ts';
import { isRootHash, type SlotPartitionIds, verityPartitionIds } from '../verity.ts';
import { nextEntry } from './boot-choice.ts';
import {
  type BootEntry,
  bothSlots,
  type FailedVersion,
  type LoaderView,
  type SlotInfo,
  type SlotOf,
  type SlotState,
} from './model.ts';

/** Which slot holds a root hash, by the UUIDs of its partitions; one that matches by half holds none. */
export function slotOfContents(contents: Readonly<Record<Slot, SlotPartitionIds | undefined>>): SlotOf {
  return (rootHash) => {
    if (rootHash === undefined || !isRootHash(rootHash)) return undefined;
    const { usr, verity } = verityPartitionIds(rootHash);
    return bothSlots.find((slot) => contents[slot]?.usr === usr && contents[slot]?.verity === verity);
  };
}

/**
 * The slot that runs, by `usrhash=` in the kernel's command line: the loader's own variables still name the
 * entry that firmware started when the kernel came by kexec.
 */
export function runningSlot(cmdline: string, slotOf: SlotOf): Slot | undefined {
  return slotOf(cmdlineValue(cmdline, 'usrhash'));
}

/** Both slots as a person thinks of them. */
export function describeSlots(view: LoaderView, running: Slot | undefined): SlotInfo[] {
  return bothSlots.map((slot): SlotInfo => {
    const own = view.entries.filter((entry) => entry.slot === slot);
    const entry = own.find((one) => one === view.next) ?? nextEntry(own);
    const runs = slot === running;
    return {
      slot,
      state: stateOf(entry, runs),
      running: runs,
      next: entry !== undefined && entry === view.next,
      version: entry?.version,
      rootHash: entry?.rootHash,
      triesLeft: entry?.left,
      triesDone: entry?.done ?? 0,
      problem: entry?.problem,
    };
  });
}

function stateOf(entry: BootEntry | undefined, running: boolean): SlotState {
  if (entry === undefined) return 'empty';
  if (entry.problem !== undefined) return 'broken';
  if (entry.left === undefined) return 'good';
  // On its last try a slot runs with none left.
  if (entry.left > 0 || running) return 'trial';
  return entry.done > 0 ? 'failed' : 'set-aside';
}

/** Versions that have used up their tries just now, as the loader's counts tell. */
export function justFailed(slots: readonly SlotInfo[]): FailedVersion[] {
  return slots.flatMap(({ state, version, rootHash }) =>
    state === 'failed' && version !== undefined && rootHash !== undefined ? [{ version, rootHash }] : [],
  );
}

/** Sentences about entries that belong to no slot because they cannot be read. */
export function entryProblems(view: LoaderView): string[] {
  const broken = view.entries.filter(({ problem }) => problem !== undefined);
  return broken.map(({ problem }) => problem ?? '');
}
