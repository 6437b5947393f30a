// When a machine may reboot: several windows, less what is excepted, each machine a little later than the start by
// chance of its own, so that not all of them reboot at once. Pure.

import { createHash } from 'node:crypto';
import { type AnyWindow, occurrencesOf } from './calendar-window.ts';
import type { Occurrence } from './window.ts';
import { instantOf, localDay, type Zone } from './zone.ts';

/** A day of the calendar; without a year, of every year. `month` counts from 1. */
export interface CalendarDay {
  readonly year: number | undefined;
  readonly month: number;
  readonly day: number;
}

/** When nobody reboots, whatever the windows say: an hour that comes back, or whole days, the last one included. */
export type Exception =
  | { readonly kind: 'window'; readonly window: AnyWindow }
  | { readonly kind: 'days'; readonly first: CalendarDay; readonly last: CalendarDay; readonly zone: Zone };

export interface Schedule {
  /** Without any, every time is right but the excepted. */
  readonly windows: readonly AnyWindow[];
  readonly exceptions: readonly Exception[];
  /** How much of the beginning of a window this machine lets pass; less than a window's length counts. */
  readonly delayMs: number;
}

/** A time in which the machine may reboot, its edges inside. */
export interface Opening extends Occurrence {
  /** Which window of the schedule; undefined when there are none. */
  readonly window: AnyWindow | undefined;
}

const dayMs = 86_400_000;

/**
 * The share of a span, in [0, 1), that a machine lets pass: from its id, so that it is the same each time and
 * spreads over the machines.
 */
export function shareOf(machineId: string): number {
  return createHash('sha256').update(`reboot ${machineId}`).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** The times in which the machine may reboot: the one that `fromMs` is in, and those that begin until `untilMs`. */
export function openings(schedule: Schedule, fromMs: number, untilMs: number): readonly Opening[] {
  const found: Opening[] = [];
  const add = (whole: Occurrence, window: AnyWindow | undefined) => {
    for (const piece of without(whole, schedule.exceptions)) {
      if (piece.endMs >= fromMs && piece.startMs <= untilMs) found.push({ ...piece, window });
    }
  };
  if (schedule.windows.length === 0) add({ startMs: fromMs, endMs: untilMs }, undefined);
  for (const window of schedule.windows) {
    for (const { startMs, endMs } of occurrencesOf(window, fromMs)) {
      if (startMs > untilMs) break;
      const delayMs = Math.min(schedule.delayMs, endMs - startMs);
      add({ startMs: startMs + delayMs, endMs }, window);
    }
  }
  return found.sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
}

/** The first so many of them. Looks ahead as far as it has to, at most `horizonMs` (default: 400 days). */
export function firstOpenings(
  schedule: Schedule,
  fromMs: number,
  count: number,
  horizonMs = 400 * dayMs,
): readonly Opening[] {
  for (let aheadMs = 2 * dayMs; ; aheadMs *= 2) {
    const found = openings(schedule, fromMs, fromMs + Math.min(aheadMs, horizonMs));
    if (found.length >= count || aheadMs >= horizonMs) return found.slice(0, count);
  }
}

/** Whether the machine may reboot now, else when next; undefined: not within 400 days. */
export function nextOpening(schedule: Schedule, atMs: number): { open: boolean; next: Opening } | undefined {
  const [next] = firstOpenings(schedule, atMs, 1);
  return next === undefined ? undefined : { open: next.startMs <= atMs, next };
}

/** What is left of an occurrence, in order. */
function without(whole: Occurrence, exceptions: readonly Exception[]): readonly Occurrence[] {
  let pieces: readonly Occurrence[] = [whole];
  for (const exception of exceptions) {
    for (const cut of spans(exception, whole)) pieces = pieces.flatMap((piece) => less(piece, cut));
  }
  return pieces;
}

/** The excepted time begins at its start and ends before its end: a piece that ends there ends at the instant. */
function less(piece: Occurrence, cut: Occurrence): readonly Occurrence[] {
  if (cut.endMs <= piece.startMs || cut.startMs > piece.endMs) return [piece];
  const before = { startMs: piece.startMs, endMs: Math.min(cut.startMs, piece.endMs) };
  const after = { startMs: cut.endMs, endMs: piece.endMs };
  return [before, after].filter(({ startMs, endMs }) => startMs < endMs);
}

/** The spans of an exception that touch an occurrence. */
function spans(exception: Exception, { startMs, endMs }: Occurrence): readonly Occurrence[] {
  if (exception.kind === 'window') {
    const found: Occurrence[] = [];
    for (const span of occurrencesOf(exception.window, startMs)) {
      if (span.startMs > endMs) return found;
      found.push(span);
    }
  } else {
    const firstYear = exception.first.year ?? localDay(exception.zone, startMs).year - 1;
    const lastYear = exception.first.year ?? localDay(exception.zone, endMs).year;
    return Array.from({ length: lastYear - firstYear + 1 }, (_, index) =>
      daysOf(exception, firstYear + index),
    );
  }
  return [];
}

function daysOf({ first, last, zone }: Exception & { kind: 'days' }, year: number): Occurrence {
  const wraps = last.month < first.month || (last.month === first.month && last.day < first.day);
  const lastYear = last.year ?? (wraps ? year + 1 : year);
  return {
    startMs: instantOf(zone, year, first.month - 1, first.day, 0, 0),
    endMs: instantOf(zone, lastYear, last.month - 1, last.day + 1, 0, 0),
  };
}
