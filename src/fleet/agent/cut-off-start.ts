// Waits for the store at the start of a daemon, and when it does not come, says what to start without it.

import { type Clock, pause } from '../../host/index.ts';
import { type CutOffPlan, planCutOff } from './cut-off.ts';
import type { LocalCopy } from './local-copy.ts';
import type { ScheduleCopy } from './schedule-copy.ts';

export interface CutOffOptions {
  /** `/var/lib/fleet/schedule`. */
  readonly copyFile: string;
  /** For so long the store is waited for before units are started from the copy. */
  readonly startAfterMs: number;
  /** An older copy starts only units that are everywhere; undefined: there is no limit. */
  readonly limitMs: number | undefined;
  /** Whether the store does not answer. */
  readonly isCutOff: () => boolean;
  /** What the calendar says. */
  readonly date: () => Date;
}

/** What an agent did without the store. */
export interface CutOffReport {
  /** When the store last confirmed what was started from. */
  readonly confirmedAt: string;
  readonly started: readonly string[];
  readonly waiting: CutOffPlan['wait'];
}

const lookMs = 1_000;

/**
 * The copy and what to start from it, once the store was waited for in vain; undefined when `joined`
 * fulfils or `signal` aborts before, or there is no copy. A store that answers but does not let us join is
 * waited for: it may know another machine of our ID.
 */
export async function untilCutOff(
  cutOff: CutOffOptions,
  local: LocalCopy,
  joined: Promise<void>,
  clock: Clock,
  signal: AbortSignal,
): Promise<(CutOffPlan & { readonly copy: ScheduleCopy }) | undefined> {
  const member = new AbortController();
  void joined.then(() => member.abort());
  const over = AbortSignal.any([signal, member.signal]);
  await pause(clock, cutOff.startAfterMs, over);
  while (!over.aborted && !cutOff.isCutOff()) await pause(clock, lookMs, over);
  if (over.aborted) return undefined;
  const copy = await local.read();
  if (copy === undefined || over.aborted) return undefined;
  return { copy, ...planCutOff(copy, cutOff.date(), cutOff.limitMs) };
}
