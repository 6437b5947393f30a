// The plan of a half with nothing to do: what it is, and why it stays as it is.

import type { HalfPlan } from './model.ts';

/** Leaves a half of so many bytes alone. `reason` is a sentence; `hint` says what would help. */
export function unchanged(
  half: HalfPlan['half'],
  subject: string,
  verdict: Exclude<HalfPlan['verdict'], 'grow'>,
  bytes: number,
  reason: string,
  hint?: string,
): HalfPlan {
  return {
    half,
    subject,
    verdict,
    fromBytes: bytes,
    toBytes: bytes,
    reason,
    ...(hint === undefined ? {} : { hint }),
    steps: [],
  };
}
