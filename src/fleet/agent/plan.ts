// What an agent has to do about one unit.

import type { Assignment } from '../model.ts';

/** A unit that this machine has, and what was done with it last. */
export interface Held {
  /** Of the content in its file. */
  readonly hash: string;
  readonly reached: 'loaded' | 'launched';
  /** modRevision of the assignment that was carried out. */
  readonly revision: number;
  /** The restart that was carried out last. */
  readonly restart?: string;
  readonly jobResult?: string;
  /** It was to run once, and has. */
  readonly finished?: boolean;
  readonly problem?: string;
}

export type Step = 'load' | 'unload' | 'replace' | 'start' | 'restart' | 'stop' | 'acknowledge' | 'none';

/**
 * The next step for a unit. A unit that failed, finished or was stopped by somebody else is left as it is:
 * to start it again is for systemd's Restart=, or for the user. `startUnheard`: a start was asked for whose
 * answer did not come, so that the unit may be running.
 */
export function planStep(wanted: Assignment | undefined, held: Held | undefined, startUnheard = false): Step {
  if (wanted === undefined) return held === undefined ? 'none' : 'unload';
  if (held === undefined) return 'load';
  if (held.hash !== wanted.hash) return 'replace';
  if (held.reached !== wanted.targetState) return wanted.targetState === 'launched' ? 'start' : 'stop';
  if (startUnheard && wanted.targetState === 'loaded') return 'stop';
  if (isToRestart(wanted, held)) return 'restart';
  return held.revision === (wanted.revision ?? 0) ? 'none' : 'acknowledge';
}

/** Where nothing is known of what was done before (revision 0), it may have been done. */
function isToRestart({ targetState, restart }: Assignment, held: Held): boolean {
  return targetState === 'launched' && restart !== undefined && restart !== held.restart && held.revision > 0;
}
