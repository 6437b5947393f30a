// The texts of a schedule: `Thu 23:00 1h30m; Mon..Fri *-*-* 04:00 2h Europe/Berlin` for windows, and for exceptions
// the same or days, `2026-12-24..2027-01-02` or `12-24..01-02` for every year.

import { type AnyWindow, readCalendarWindow } from './calendar-window.ts';
import { readDuration } from './duration.ts';
import type { CalendarDay, Exception } from './schedule.ts';
import { type Read, type TextProblem, wrong } from './text.ts';
import { readWindow } from './window.ts';
import { type Zone, zoneNamed } from './zone.ts';

interface Word {
  readonly text: string;
  readonly index: number;
}

const windowForm = 'a window such as "Thu 23:00 1h30m" or "Mon..Fri *-*-* 02:00 1h", its zone last';
const daysForm = 'days such as 2026-12-24..2027-01-02, 12-24..01-02 or 2026-12-24';

/** Reads windows separated by semicolons; those that name no zone are in `zone`. */
export function readWindows(text: string, zone: Zone): Read<readonly AnyWindow[]> {
  return readEach(text, (words) => readOneWindow(text, words, zone));
}

/** Reads exceptions separated by semicolons. */
export function readExceptions(text: string, zone: Zone): Read<readonly Exception[]> {
  return readEach(text, (words): Read<Exception> => {
    if (areDays(words)) return readDays(text, words, zone);
    const { value, problem } = readOneWindow(text, words, zone);
    return problem === undefined ? { value: { kind: 'window', window: value } } : { problem };
  });
}

function readEach<Value>(
  text: string,
  read: (words: readonly Word[]) => Read<Value>,
): Read<readonly Value[]> {
  const values: Value[] = [];
  for (const entry of text.matchAll(/[^;]+/g)) {
    const words = [...entry[0].matchAll(/\S+/g)].map((word) => ({
      text: word[0],
      index: entry.index + word.index,
    }));
    if (words.length === 0) continue;
    const { value, problem } = read(words);
    if (problem !== undefined) return { problem };
    values.push(value);
  }
  return { value: values };
}

function readOneWindow(text: string, words: readonly Word[], defaultZone: Zone): Read<AnyWindow> {
  const { zone, rest, problem } = takeZone(text, words, defaultZone);
  if (problem !== undefined) return { problem };
  const length = rest.at(-1);
  const start = rest.slice(0, -1);
  const [first] = start;
  if (first === undefined || length === undefined || rest.length > 4) {
    return wrong(text, words[0]?.index ?? 0, 'not a window', windowForm);
  }
  const last = start.at(-1) ?? first;
  const startText = text.slice(first.index, last.index + last.text.length);
  const read = readEitherWindow(startText, length.text, zone);
  if (read.problem === undefined) return { value: read.window };
  const base = read.problem.part === 'start' ? first.index : length.index;
  const { message, expected, column } = read.problem;
  return wrong(text, base + [...read.problem.text].slice(0, column - 1).join('').length, message, expected);
}

/** A day and a time begin a window as they always did; what is more than that, or less, is a calendar event. */
function readEitherWindow(start: string, length: string, zone: Zone) {
  const plain = readWindow(start, length, zone);
  const isPlain = plain.problem === undefined && plain.window.start.trailing === undefined;
  if (isPlain || plain.problem?.part === 'length') return plain;
  const calendar = readCalendarWindow(start, length, zone);
  if (calendar.problem?.part !== 'start' || /[*,~/]|\.\.|-| .* |:.*:/.test(start)) return calendar;
  const trailing = plain.window?.start.trailing;
  if (trailing === undefined) return plain;
  return {
    problem: { part: 'start' as const, text: start, ...trailing, message: 'nothing may follow the time' },
  };
}

function areDays(words: readonly Word[]): boolean {
  if (!/^[\d-]+-\d/.test(words[0]?.text ?? '')) return false;
  return words.slice(1).every(({ text }) => readDuration(text).problem !== undefined);
}

function readDays(text: string, words: readonly Word[], defaultZone: Zone): Read<Exception> {
  const { zone, rest, problem } = takeZone(text, words, defaultZone);
  if (problem !== undefined) return { problem };
  const [days, extra] = rest;
  const at = extra?.index ?? days?.index ?? 0;
  const day = String.raw`(?:(\d{4})-)?(\d\d)-(\d\d)`;
  const match = new RegExp(`^${day}(?:\\.\\.${day})?$`).exec(days?.text ?? '');
  if (match === null || extra !== undefined) return wrong(text, at, 'not a range of days', daysForm);
  const first = calendarDay(match[1], match[2], match[3]);
  const last = match[5] === undefined ? first : calendarDay(match[4], match[5], match[6]);
  if (first === undefined || last === undefined) return wrong(text, at, 'there is no such day', daysForm);
  if ((first.year === undefined) !== (last.year === undefined)) {
    return wrong(text, at, 'one day has a year and the other has none', daysForm);
  }
  const order = (each: CalendarDay) => ((each.year ?? 0) * 100 + each.month) * 100 + each.day;
  if (first.year !== undefined && order(last) < order(first)) {
    return wrong(text, at, 'the last day comes before the first', daysForm);
  }
  return { value: { kind: 'days', first, last, zone } };
}

function calendarDay(year = '', month = '', day = ''): CalendarDay | undefined {
  // Of every year: the 29th of February is one of its days.
  const leap = year === '' ? 2024 : Number(year);
  const found = new Date(Date.UTC(leap, Number(month) - 1, Number(day)));
  const exists = found.getUTCMonth() + 1 === Number(month) && found.getUTCDate() === Number(day);
  return exists
    ? { year: year === '' ? undefined : leap, month: Number(month), day: Number(day) }
    : undefined;
}

interface Placed {
  readonly zone: Zone;
  /** The words but the zone's. */
  readonly rest: readonly Word[];
  readonly problem: TextProblem | undefined;
}

/** A zone is the last word, if that begins with a letter; a day does so too, but comes first. */
function takeZone(text: string, words: readonly Word[], zone: Zone): Placed {
  const last = words.at(-1);
  if (last === undefined || words.length < 2 || !/^[A-Za-z]/.test(last.text)) {
    return { rest: words, zone, problem: undefined };
  }
  const named = zoneNamed(last.text);
  const expected = 'a name of the IANA database, such as Europe/Berlin or UTC';
  const unknown = wrong(text, last.index, `unknown time zone ${JSON.stringify(last.text)}`, expected);
  return {
    rest: words.slice(0, -1),
    zone: named ?? zone,
    problem: named === undefined ? unknown.problem : undefined,
  };
}
