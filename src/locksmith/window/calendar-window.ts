// A reboot window that begins with a calendar event instead of every day or week.

import { eventsAfter } from './calendar.ts';
import { type Calendar, readCalendar } from './calendar-text.ts';
import { readDuration } from './duration.ts';
import { type Occurrence, occurrencesFrom, type RebootWindow, type WindowProblem } from './window.ts';
import type { Zone } from './zone.ts';

export interface CalendarWindow {
  readonly calendar: Calendar;
  readonly lengthNs: number;
  readonly zone: Zone;
}

export type AnyWindow = RebootWindow | CalendarWindow;

const weekNs = 168n * 3_600_000_000_000n;

/** Reads such a window from its two texts: `Mon..Fri *-*-* 02:00` and `1h30m`. */
export function readCalendarWindow(
  startText: string,
  lengthText: string,
  zone: Zone,
):
  | { readonly window: CalendarWindow; readonly problem?: undefined }
  | { readonly problem: WindowProblem; readonly window?: undefined } {
  const { value: calendar, problem } = readCalendar(startText);
  if (problem !== undefined) return { problem: { part: 'start', text: startText, ...problem } };
  const isOften =
    calendar.seconds === undefined || calendar.seconds.length > 1 || !isOne(calendar.seconds[0]);
  if (isOften) {
    const message = 'a window cannot begin every few seconds';
    return {
      problem: { part: 'start', text: startText, column: 1, message, expected: 'one second, or none' },
    };
  }
  const length = readDuration(lengthText);
  if (length.problem !== undefined) {
    return { problem: { part: 'length', text: lengthText, ...length.problem } };
  }
  if (length.value < 0n || length.value >= weekNs) {
    const message = length.value < 0n ? 'duration cannot be negative' : 'duration cannot exceed a week';
    return { problem: { part: 'length', text: lengthText, column: 1, message, expected: 'less than 168h' } };
  }
  return { window: { calendar, lengthNs: Number(length.value), zone } };
}

function isOne(span: NonNullable<Calendar['seconds']>[number] | undefined): boolean {
  return span !== undefined && span.step === undefined && (span.last ?? span.first) === span.first;
}

/** The occurrences of any window that the instant is in (of an event's there may be several), and those after it. */
export function* occurrencesOf(window: AnyWindow, atMs: number): Generator<Occurrence> {
  if ('start' in window) {
    yield* occurrencesFrom(window, atMs);
    return;
  }
  const lengthMs = Math.floor(window.lengthNs / 1e6);
  for (const startMs of eventsAfter(window.calendar, window.zone, atMs - lengthMs - 1)) {
    yield { startMs, endMs: startMs + lengthMs };
  }
}
