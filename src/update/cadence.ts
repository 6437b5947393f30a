// When the next check is due: the field's intervals, so that a server meets our machines as it met theirs.
// Pure. Nothing of it survives a restart: an interval that a server asked for is forgotten then.

/** An interval and the width of the band around it, in seconds. */
export interface Wait {
  readonly intervalS: number;
  readonly fuzzS: number;
}

export const firstWait: Wait = { intervalS: 420, fuzzS: 600 };
export const regularWait: Wait = { intervalS: 2700, fuzzS: 600 };
/** Neither a server's wish nor its trouble keeps a machine away for longer. */
const longestS = 14_400;

/** What the last check came to, as far as it says when to come again. */
export interface CheckOutcome {
  /** HTTP status of the answer; undefined when there was none. */
  readonly httpStatus?: number | undefined;
  /** `PollInterval` of the answer, in seconds; it counts with `noupdate` as well. */
  readonly pollIntervalS?: number | undefined;
}

/**
 * The wait after a check. A `PollInterval` above the regular interval is taken; else 500 and 503, and only
 * these, double the last interval. Whatever comes to less than the regular interval is the regular one.
 */
export function nextWait(last: Wait, { httpStatus, pollIntervalS }: CheckOutcome): Wait {
  const overloaded = httpStatus === 500 || httpStatus === 503;
  const asked = pollIntervalS !== undefined && pollIntervalS > regularWait.intervalS ? pollIntervalS : 0;
  const wanted = asked > 0 ? asked : overloaded ? 2 * last.intervalS : 0;
  const intervalS = Math.min(wanted, longestS);
  return intervalS < regularWait.intervalS ? regularWait : { intervalS, fuzzS: intervalS };
}

/** A whole number within `fuzz / 2` of `value`, both ends included; `random` yields [0, 1). */
export function fuzzed(value: number, fuzz: number, random: () => number): number {
  const below = Math.floor(fuzz / 2);
  return value - below + Math.floor(random() * (fuzz + 1));
}

/** How many seconds this wait lasts this time; never negative. */
export function waitSeconds({ intervalS, fuzzS }: Wait, random: () => number): number {
  return Math.max(0, fuzzed(intervalS, fuzzS, random));
}
