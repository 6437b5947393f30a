// What locksmithd does next, from all that it knows. Pure: the daemon gathers the facts, does the one thing that
// comes out, and asks again; so a window that closed, a person who holds it back or a lock that was given on during
// any wait counts at once.
//
// INVARIANTS
// - Nobody reboots outside of a window, without the lock that the strategy asks for, or against a hold.
// - A lock that was taken and cannot be used now is given back: nobody waits for a machine that waits itself.
// - The lock of an earlier boot is given back only by a machine that is healthy, whatever else it has to do.

import type { Phase } from './run-files.ts';
import type { Opening } from './window/schedule.ts';

export interface Facts {
  readonly nowMs: number;
  /** Why the machine has to reboot, if it has to. */
  readonly reason: string | undefined;
  /** A person holds reboots back, until then or for good. */
  readonly hold: { readonly text: string; readonly untilMs: number | undefined } | undefined;
  /** Something of this machine was in the way when it tried; it tries again then. */
  readonly hindered: { readonly text: string; readonly untilMs: number } | undefined;
  /** Of the schedule; undefined: there is no time at all. */
  readonly opening: { readonly open: boolean; readonly next: Pick<Opening, 'startMs'> } | undefined;
  /** Whether the strategy has a lock, and what we have of it. */
  readonly lock: 'none' | 'free' | 'held' | 'held-from-before' | 'unknown';
  /** What the lock said when it was asked last, and when it is asked again. */
  readonly lockTrouble: { readonly text: string; readonly untilMs: number } | undefined;
  /** Whether this boot has proved itself; with why not. */
  readonly healthy: { readonly yes: boolean; readonly text: string };
  /** Why the lock is kept although the machine is healthy. */
  readonly keepLock: string | undefined;
}

export type Decision =
  | {
      readonly kind: 'wait';
      readonly phase: Phase;
      /** What for, and what would end it; "" when there is nothing to do. */
      readonly text: string;
      readonly untilMs?: number;
      /** About a lock that is held from before. */
      readonly lockText?: string;
    }
  /** Ask for, or look for, the lock. */
  | { readonly kind: 'acquire' }
  | { readonly kind: 'look' }
  /** Give back the lock. */
  | { readonly kind: 'release'; readonly why: string }
  /** Prepare the reboot, look at everything again, and reboot. */
  | { readonly kind: 'reboot'; readonly reason: string };

export function decide(facts: Facts): Decision {
  const { lock, healthy, keepLock, lockTrouble, nowMs, reason } = facts;
  const asksLater = lockTrouble !== undefined && lockTrouble.untilMs > nowMs;
  // Whether a lock is held from before has to be known before anything else.
  if (lock === 'unknown' && !asksLater) return { kind: 'look' };
  let lockText: string | undefined;
  if (lock === 'held-from-before') {
    if (!healthy.yes) lockText = `The reboot lock is held from before the boot: ${healthy.text}.`;
    else if (keepLock !== undefined) lockText = keepLock;
    else if (!asksLater) return { kind: 'release', why: 'this machine is up and healthy' };
    else lockText = `The reboot lock is to be given back: ${lockTrouble?.text}.`;
  }
  const wait = (phase: Phase, text: string, untilMs?: number): Decision => ({
    kind: 'wait',
    phase,
    text,
    ...(untilMs === undefined ? {} : { untilMs }),
    ...(lockText === undefined ? {} : { lockText }),
  });
  const earliest = asksLater ? lockTrouble.untilMs : undefined;
  const release = (why: string): Decision | undefined =>
    lock === 'held' ? { kind: 'release', why } : undefined;
  if (reason === undefined) {
    const idle = lockText === undefined ? 'idle' : 'releasing';
    return release('nothing has to be rebooted for') ?? wait(idle, '', earliest);
  }
  if (facts.hold !== undefined) {
    return release('the reboot is held back') ?? wait('held-back', facts.hold.text, facts.hold.untilMs);
  }
  if (facts.opening === undefined) {
    const text = 'No reboot window opens within 400 days: look at its exceptions.';
    return release('no window opens') ?? wait('waiting-window', text, nowMs + 86_400_000);
  }
  if (!facts.opening.open) {
    const { startMs } = facts.opening.next;
    const text = `It waits for its reboot window, which opens at ${new Date(startMs).toISOString()}.`;
    return release('the window has closed') ?? wait('waiting-window', text, startMs);
  }
  if (lock === 'held-from-before' && !healthy.yes)
    return wait('releasing', `It waits: ${healthy.text}.`, earliest);
  if (facts.hindered !== undefined && facts.hindered.untilMs > nowMs) {
    const { text, untilMs } = facts.hindered;
    return release('something is in the way of the reboot') ?? wait('held-back', text, untilMs);
  }
  if (lock === 'free' || lock === 'unknown') {
    if (!asksLater) return { kind: 'acquire' };
    return wait('waiting-lock', `It waits for the reboot lock: ${lockTrouble.text}`, lockTrouble.untilMs);
  }
  return { kind: 'reboot', reason };
}
