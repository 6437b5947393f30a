// What became of an update: decided at the engine's start, from what was noted when it was installed and what
// the slots say now. Pure.

import type { SlotStatus } from '../disk/index.ts';
import type { PendingUpdate } from './model.ts';

export interface BootFacts {
  readonly bootId: string;
  /** The version that runs. */
  readonly version: string;
  /** Undefined on a machine without slots. */
  readonly slots: SlotStatus | undefined;
}

export type AfterBoot =
  | { readonly kind: 'nothing-pending' }
  /** Installed in this boot: the reboot is still to come. */
  | { readonly kind: 'waits' }
  /** It runs; whether it stays is for the health gates to say. */
  | { readonly kind: 'came-up' }
  /** The old version runs and the new one has no chance left. */
  | { readonly kind: 'came-back'; readonly reason: string }
  /** The old version runs, by somebody's choice: the new one can still be tried. */
  | { readonly kind: 'passed-over' };

/** What became of the update that was noted. */
export function afterBoot(pending: PendingUpdate | undefined, facts: BootFacts): AfterBoot {
  if (pending === undefined) return { kind: 'nothing-pending' };
  if (pending.version === facts.version) return { kind: 'came-up' };
  if (pending.bootId === facts.bootId) return { kind: 'waits' };
  const slot = facts.slots?.slots.find(({ version }) => version === pending.version);
  const untried = slot?.next === true && (slot.triesLeft ?? 0) > 0 && slot.triesDone === 0;
  if (untried || (slot?.state === 'set-aside' && slot.triesDone === 0)) return { kind: 'passed-over' };
  const tried = slot?.triesDone ?? 0;
  const times = tried > 0 ? ` after ${tried} ${tried === 1 ? 'try' : 'tries'}` : '';
  return {
    kind: 'came-back',
    reason: `The machine came back in ${facts.version}${times}: ${pending.version} did not pass its health gates or did not boot.`,
  };
}

/** The event that goes with a check, by the version that was noted as the one before (1.2). */
export interface CheckEvent {
  readonly type: 3;
  readonly result: 0 | 2;
  readonly code?: number;
  readonly previousVersion?: string;
}

/** The version came back: the code that servers know as a rollback. */
export const rollbackCode = 44;

/**
 * What a check tells of the last reboot. `previous` is the noted version: undefined before the first check ever,
 * empty once it was told.
 */
export function checkEvent(previous: string | undefined, running: string): CheckEvent {
  if (previous !== undefined && previous !== '' && previous === running) {
    return { type: 3, result: 0, code: rollbackCode };
  }
  return { type: 3, result: 2, previousVersion: previous ?? '0.0.0.0' };
}
