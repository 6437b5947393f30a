// Which entry systemd-boot 252 starts, and which names entries need for another one to be it. Pure.

import type { Slot } from '../model.ts';
import { defaultTries } from './grub-config.ts';
import type { BootEntry } from './model.ts';
import { compareVersions } from './version.ts';

/** What the choice depends on. */
export type Countable = Pick<BootEntry, 'version' | 'left' | 'done' | 'path'>;

/**
 * The order in which systemd-boot lists entries of one name (config_entry_compare in boot.c): without tries
 * last, then the newest version, then the one with more tries left, then the one tried less.
 */
export function compareEntries(a: Countable, b: Countable): number {
  const exhausted = Number(a.left === 0) - Number(b.left === 0);
  if (exhausted !== 0) return exhausted;
  const version = compareVersions(b.version, a.version);
  if (version !== 0) return version;
  const path = compareVersions(b.path.toLowerCase(), a.path.toLowerCase());
  if (path !== 0) return path;
  if (a.left === undefined || b.left === undefined) return 0;
  return b.left - a.left || a.done - b.done;
}

/** The entry that boots next: the first in that order, also when no tries are left of any. */
export function nextEntry<Entry extends Countable>(entries: readonly Entry[]): Entry | undefined {
  return [...entries].sort(compareEntries)[0];
}

/** An entry and the count that it is to have. */
export interface Recount {
  readonly entry: BootEntry;
  readonly left: number | undefined;
  readonly done: number;
}

/**
 * The counts that let `slot` boot next, in the order in which names are to be changed: power may fail between
 * two of them. A slot that is not running gets fresh tries when the running one is good, so that the machine
 * comes back by itself; entries that would be chosen before it are set aside: their count is zero, and
 * so they boot when the tries of `slot` are used up. None when it boots next already.
 */
export function recountsFor(
  slot: Slot,
  running: Slot | undefined,
  entries: readonly BootEntry[],
): readonly Recount[] {
  const target = nextEntry(entries.filter((entry) => entry.slot === slot));
  if (target === undefined) return [];
  const others = entries.filter((entry) => entry !== target);
  const runningIsGood = others.some((entry) => entry.slot === running && entry.left === undefined);
  const counted = { entry: target, left: defaultTries, done: 0 };
  const kept = { entry: target, left: target.left, done: target.done };
  const wanted = (slot !== running && runningIsGood) || target.left === 0 ? counted : kept;
  const ahead = others.filter((entry) => compareEntries(entry, { ...target, ...wanted }) < 0);
  const same = wanted.left === target.left && wanted.done === target.done;
  return [...(same ? [] : [wanted]), ...ahead.map((entry) => ({ entry, left: 0, done: 0 }))];
}
