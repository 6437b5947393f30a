// When a calendar event comes next, as systemd has it: a time that a change of clocks skips does not come on that
// day, and of one that comes twice the first counts.

import { type Calendar, type Component, type Span, yearBounds } from './calendar-text.ts';
import { localDay, type Zone } from './zone.ts';

const dayMs = 86_400_000;

/** The instants of the event after that one, in milliseconds since 1970, in order; ends with systemd's last year. */
export function* eventsAfter(calendar: Calendar, zone: Zone, afterMs: number): Generator<number> {
  const times = [...timesOfDay(calendar)];
  const begin = localDay(zone, afterMs - dayMs);
  let lastMs = afterMs;
  for (const dayStartMs of matchingDays(calendar, Date.UTC(begin.year, begin.month, begin.day))) {
    for (const seconds of times) {
      const atMs = instantShown(zone, dayStartMs + seconds * 1000);
      if (atMs === undefined || atMs <= lastMs) continue;
      lastMs = atMs;
      yield atMs;
    }
  }
}

/** Days of the calendar, as midnights of UTC, from that one on. */
function* matchingDays(calendar: Calendar, fromMs: number): Generator<number> {
  const { weekdays, years, months } = calendar;
  for (let at = new Date(fromMs); at.getUTCFullYear() <= yearBounds.last; ) {
    const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
    if (!has(years, year, yearBounds.last)) at = new Date(Date.UTC(year + 1, 0, 1));
    else if (!has(months, month + 1, 12)) at = new Date(Date.UTC(year, month + 1, 1));
    else {
      const fits = weekdays === undefined || weekdays.has(at.getUTCDay());
      if (fits && hasDay(calendar, year, month, day)) yield at.getTime();
      at = new Date(Date.UTC(year, month, day + 1));
    }
  }
}

function hasDay({ days, fromMonthEnd }: Calendar, year: number, month: number, day: number): boolean {
  if (!fromMonthEnd) return has(days, day, 31);
  const fromEnd = new Date(Date.UTC(year, month + 1, 0)).getUTCDate() - day + 1;
  return days === undefined || days.some((span) => hasFromEnd(span, fromEnd));
}

/** Without an end such a span goes on towards the end of the month. */
function hasFromEnd(span: Span, fromEnd: number): boolean {
  const { first, last, step } = span;
  if (last === undefined && step !== undefined) return fromEnd <= first && (first - fromEnd) % step === 0;
  return within(span, fromEnd, 31);
}

/** Seconds after midnight on the wall, in order. */
function* timesOfDay({ hours, minutes, seconds }: Calendar): Generator<number> {
  for (let hour = 0; hour < 24; hour++) {
    if (!has(hours, hour, 23)) continue;
    for (let minute = 0; minute < 60; minute++) {
      if (!has(minutes, minute, 59)) continue;
      for (let second = 0; second < 60; second++) {
        if (has(seconds, second, 59)) yield (hour * 60 + minute) * 60 + second;
      }
    }
  }
}

function has(component: Component, value: number, most: number): boolean {
  return component === undefined || component.some((span) => within(span, value, most));
}

function within({ first, last, step }: Span, value: number, most: number): boolean {
  const end = last ?? (step === undefined ? first : most);
  return value >= first && value <= end && (value - first) % (step ?? 1) === 0;
}

/** The first instant at which the zone's clocks show that time (given as if it were UTC's), if there is one. */
function instantShown(zone: Zone, wallMs: number): number | undefined {
  const before = wallMs - zone.offsetMs(wallMs - dayMs);
  if (before + zone.offsetMs(before) === wallMs) return before;
  const after = wallMs - zone.offsetMs(wallMs + dayMs);
  return after + zone.offsetMs(after) === wallMs ? after : undefined;
}
