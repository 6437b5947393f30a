// How long to wait before trying again: doubling, bounded, with jitter so that a cluster does not knock
// in step.

import { type Clock, pause } from './clock.ts';

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * The pause before try number `attempt` (0 for the first retry), in milliseconds: between half and the
 * whole of `firstMs` doubled `attempt` times, at most `maxMs`. `random` yields [0, 1).
 */
export function backoffMs(
  attempt: number,
  options: BackoffOptions,
  random: () => number = Math.random,
): number {
  const full = Math.min(options.maxMs, options.firstMs * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * random();
}

/** Waits before try number `attempt`, or until the signal aborts; never rejects. */
export function retryPause(
  clock: Clock,
  attempt: number,
  options: BackoffOptions,
  signal?: AbortSignal,
): Promise<void> {
  return pause(clock, backoffMs(attempt, options, clock.random), signal);
}
