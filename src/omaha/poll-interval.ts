// When a client comes back that its server told so. Source: update_engine's update_check_scheduler.

import type { OmahaResponse } from './model.ts';

/** Seconds between regular checks. */
export const regularIntervalSeconds = 2700;
/** Nobody is kept away for longer. */
export const maxIntervalSeconds = 14_400;

/** The PollInterval of an answer, of whatever status its update check is; undefined for none and for junk. */
export function pollIntervalOf({ apps }: OmahaResponse): number | undefined {
  return apps.find(({ updateCheck }) => updateCheck !== undefined)?.updateCheck?.pollIntervalSeconds;
}

/**
 * What follows from a PollInterval: more than the regular one becomes interval and fuzz, up to 4 hours; any other
 * leaves the regular one, which undefined stands for.
 */
export function serverInterval(
  pollIntervalSeconds: number | undefined,
): { readonly intervalSeconds: number; readonly fuzzSeconds: number } | undefined {
  if (pollIntervalSeconds === undefined || !(pollIntervalSeconds > regularIntervalSeconds)) return undefined;
  const seconds = Math.min(pollIntervalSeconds, maxIntervalSeconds);
  return { intervalSeconds: seconds, fuzzSeconds: seconds };
}
