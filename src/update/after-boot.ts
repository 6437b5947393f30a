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
  /** The next boot tries it. */
  | { readonly kind: 'waits' }
  /** It was never installed to its end, and nothing of it was tried. */
  | { readonly kind: 'not-finished' }
  /** It runs; whether it stays is for the health gates to say. */
  | { readonly kind: 'came-up' }
  /** The old version runs and the new one has no chance left. */
  | { readonly kind: 'came-back'; readonly reason: string }
  /** The old version runs and boots next, by somebody's choice; the new one was never tried. */
  | { readonly kind: 'passed-over' };

/** What became of the update that was noted. */
export function afterBoot(pending: PendingUpdate | undefined, facts: BootFacts): AfterBoot {
  if (pending === undefined) return { kind: 'nothing-pending' };
  if (pending.version === facts.version) return { kind: 'came-up' };
  const slot = facts.slots?.slots.find(({ version }) => version === pending.version);
  const triesDone = slot?.triesDone ?? 0;
  const isNext = slot?.next === true && triesDone === 0;
  if (isNext) return { kind: 'waits' };
  if (pending.bootId === facts.bootId) return { kind: pending.armed ? 'waits' : 'not-finished' };
  if (slot?.state === 'set-aside' && triesDone === 0) return { kind: 'passed-over' };
  // Power may have failed between the slot's last step and our note of it: the loader's count tells.
  if (!pending.armed && triesDone === 0 && slot?.state !== 'failed') return { kind: 'not-finished' };
  const times = triesDone > 0 ? ` after ${triesDone} ${triesDone === 1 ? 'try' : 'tries'}` : '';
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
