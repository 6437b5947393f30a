// What a machine may start that was booted while it is cut off from the store.

import { withDropIns } from '../drop-ins.ts';
import type { Assignment } from '../model.ts';
import { parsePlacement } from '../placement.ts';
import { readContent } from '../registry/records.ts';
import type { ScheduleCopy } from './schedule-copy.ts';

/** How far into the future of our clock a copy may be from: clocks are set while a machine boots. */
const maxAheadMs = 5 * 60_000;

export interface CutOffPlan {
  readonly start: readonly Assignment[];
  /** Units that stay down until the store is back, each with why, as a sentence. */
  readonly wait: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Units that are everywhere are started always. Others too, as long as the copy is not older than `limitMs`
 * (undefined: of any age), but for those of WhenCutOff=stop: they may have been given to another machine.
 */
export function planCutOff(copy: ScheduleCopy, now: Date, limitMs: number | undefined): CutOffPlan {
  const start: Assignment[] = [];
  const wait: { readonly name: string; readonly reason: string }[] = [];
  const tooOld = ageProblem(copy.confirmedAt, now, limitMs);
  for (const assignment of copy.assignments) {
    const content = readContent(copy.contents.get(assignment.hash) ?? '');
    const { unit: name } = assignment;
    if (content === undefined) {
      wait.push({ name, reason: `The local copy of the schedule does not have the content of ${name}.` });
      continue;
    }
    const { global, whenCutOff } = parsePlacement(withDropIns(content.options, content.dropIns), name);
    if (!global && whenCutOff === 'stop') {
      wait.push({ name, reason: `${name} has WhenCutOff=stop: it waits for the store.` });
    } else if (!global && tooOld !== undefined) wait.push({ name, reason: tooOld });
    else start.push(assignment);
  }
  return { start, wait };
}

function ageProblem(confirmedAt: string, now: Date, limitMs: number | undefined): string | undefined {
  if (limitMs === undefined) return undefined;
  const ageMs = now.getTime() - Date.parse(confirmedAt);
  // A comparison with NaN never holds: what is not a time is too old as well.
  if (ageMs <= limitMs && ageMs >= -maxAheadMs) return undefined;
  return `The local copy of the schedule is of ${confirmedAt}; cut_off_limit is ${limitMs / 1000} s.`;
}
