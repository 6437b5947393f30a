// A reboot window: a start that comes back every day or every week, and how long it lasts. Reading and arithmetic;
// nothing here looks at a clock.

import { readDuration } from './duration.ts';
import { readStart, type WindowStart } from './start.ts';
import type { TextProblem } from './text.ts';
import { instantOf, localDay, type Zone } from './zone.ts';

export interface RebootWindow {
  readonly start: WindowStart;
  readonly lengthNs: number;
  readonly zone: Zone;
}

/** One occurrence of a window, its edges inside. Milliseconds since 1970. */
export interface Occurrence {
  readonly startMs: number;
  /** A part of a millisecond is left out. */
  readonly endMs: number;
}

/** A problem in one of the two texts of a window. */
export interface WindowProblem extends TextProblem {
  readonly part: 'start' | 'length';
  readonly text: string;
}

export type ReadWindow =
  | { readonly window: RebootWindow; readonly problem?: undefined }
  | { readonly window?: undefined; readonly problem: WindowProblem };

const hourNs = 3_600_000_000_000n;

/** Reads a window from its two texts: `Thu 23:00` and `1h30m`. The order of complaints is the original's. */
export function readWindow(startText: string, lengthText: string, zone: Zone): ReadWindow {
  const start = readStart(startText);
  if (start.problem !== undefined) return { problem: { part: 'start', text: startText, ...start.problem } };
  const length = readDuration(lengthText);
  const bad = (problem: TextProblem): ReadWindow => ({
    problem: { part: 'length', text: lengthText, ...problem },
  });
  if (length.problem !== undefined) return bad(length.problem);
  if (length.value < 0n) {
    return bad({ column: 1, message: 'duration cannot be negative', expected: 'a duration such as 1h30m' });
  }
  const daily = start.value.day === undefined;
  if (length.value >= (daily ? 24n : 168n) * hourNs) {
    const expected = daily ? 'less than 24h for a daily window' : 'less than 168h for a weekly window';
    return bad({ column: 1, message: 'duration cannot exceed period', expected });
  }
  return { window: { start: start.value, lengthNs: Number(length.value), zone } };
}

/** The occurrence that began last, at or before the instant. */
export function previousOccurrence(window: RebootWindow, atMs: number): Occurrence {
  const { weekday } = localDay(window.zone, atMs);
  const { day } = window.start;
  const toDay = day === undefined ? 0 : day - weekday;
  const here = beginning(window, atMs, toDay);
  const startMs = here <= atMs ? here : beginning(window, atMs, toDay - (day === undefined ? 1 : 7));
  return lasting(window, startMs);
}

/** The occurrence that begins next, after the instant. */
export function nextOccurrence(window: RebootWindow, atMs: number): Occurrence {
  const { weekday } = localDay(window.zone, atMs);
  const { day } = window.start;
  const toDay = day === undefined ? 0 : day - weekday;
  const here = beginning(window, atMs, toDay);
  const startMs = here > atMs ? here : beginning(window, atMs, toDay + (day === undefined ? 1 : 7));
  return lasting(window, startMs);
}

/** The occurrence that the instant is in, edges included, or undefined outside. */
export function currentOccurrence(window: RebootWindow, atMs: number): Occurrence | undefined {
  const last = previousOccurrence(window, atMs);
  return (atMs - last.startMs) * 1e6 <= window.lengthNs ? last : undefined;
}

/** Milliseconds until the window begins; 0 or less (how long ago it began) inside. */
export function msToStart(window: RebootWindow, atMs: number): number {
  return (currentOccurrence(window, atMs) ?? nextOccurrence(window, atMs)).startMs - atMs;
}

/** The occurrence that the instant is in, if any, and those after it, without end. */
export function* occurrencesFrom(window: RebootWindow, atMs: number): Generator<Occurrence> {
  const current = currentOccurrence(window, atMs);
  if (current !== undefined) yield current;
  for (let from = atMs; ; ) {
    const next = nextOccurrence(window, from);
    yield next;
    from = next.startMs;
  }
}

function beginning({ zone, start }: RebootWindow, atMs: number, days: number): number {
  const { year, month, day } = localDay(zone, atMs);
  return instantOf(zone, year, month, day + days, start.hour, start.minute);
}

function lasting({ lengthNs }: RebootWindow, startMs: number): Occurrence {
  return { startMs, endMs: startMs + Math.floor(lengthNs / 1e6) };
}
