// What a check of the doctor says.

import type { Facts } from './facts.ts';

export type Verdict = 'ok' | 'warn' | 'fail';

export interface Finding {
  /** Stable name for scripts. */
  readonly check: string;
  readonly verdict: Verdict;
  /** What was seen, as a sentence. */
  readonly message: string;
  /** What to do about it; empty when nothing is. */
  readonly advice: string;
}

export type Check = (facts: Facts) => Omit<Finding, 'check'>;

export const ok = (message: string) => ({ verdict: 'ok' as const, message, advice: '' });
export const warn = (message: string, advice: string) => ({ verdict: 'warn' as const, message, advice });
export const fail = (message: string, advice: string) => ({ verdict: 'fail' as const, message, advice });
