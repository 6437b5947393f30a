// systemd's calendar events, as OnCalendar= has them (systemd.time(7)): `Mon..Fri *-*-* 02:00`, `Sat *-*-1..7 18:00`,
// `*-*~07/1 04:00`, `weekly`. What systemd-analyze refuses is refused; parts of a second are, too. Zones are read by
// whoever asks. Reading only, nothing here knows a clock.

import { type Read, wrong } from './text.ts';

/** `first`, or `first..last`, or every `step` from `first` (until `last`). */
export interface Span {
  readonly first: number;
  readonly last: number | undefined;
  readonly step: number | undefined;
}

/** A list of spans; undefined is `*`. */
export type Component = readonly Span[] | undefined;

export interface Calendar {
  /** 0 is Sunday; undefined: all of them. */
  readonly weekdays: ReadonlySet<number> | undefined;
  readonly years: Component;
  readonly months: Component;
  readonly days: Component;
  /** Whether days count from the end of the month: 1 is its last. */
  readonly fromMonthEnd: boolean;
  readonly hours: Component;
  readonly minutes: Component;
  readonly seconds: Component;
}

const shorthands: Readonly<Record<string, string>> = {
  minutely: '*-*-* *:*:00',
  hourly: '*-*-* *:00:00',
  daily: '*-*-* 00:00:00',
  weekly: 'Mon *-*-* 00:00:00',
  monthly: '*-*-01 00:00:00',
  quarterly: '*-01,04,07,10-01 00:00:00',
  semiannually: '*-01,07-01 00:00:00',
  yearly: '*-01-01 00:00:00',
};
for (const other of ['semi-annually', 'biannually', 'bi-annually']) {
  Object.assign(shorthands, { [other]: shorthands.semiannually });
}
for (const other of ['annually', 'anually']) Object.assign(shorthands, { [other]: shorthands.yearly });

const dayNames = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const form = 'a calendar event such as "Mon..Fri *-*-* 02:00", "Sat *-*-1..7 18:00" or "weekly"';
/** systemd's years. */
export const yearBounds = { first: 1970, last: 2199 } as const;
const midnight: Component = [{ first: 0, last: undefined, step: undefined }];

/** Reads an event without its zone, its words one blank apart. */
export function readCalendar(text: string): Read<Calendar> {
  const whole = shorthands[text.toLowerCase()];
  if (whole !== undefined) return readCalendar(whole);
  const words = [...text.matchAll(/\S+/g)];
  let weekdays: Calendar['weekdays'];
  if (/^[a-z]/i.test(words[0]?.[0] ?? '')) {
    const word = words.shift();
    const read = readWeekdays(text, word?.[0] ?? '', word?.index ?? 0);
    if (read.problem !== undefined) return read;
    weekdays = read.value.size === 7 ? undefined : read.value;
  }
  const date = words[0]?.[0].includes(':') === false ? words.shift() : undefined;
  const time = words.shift();
  const [extra] = words;
  if (extra !== undefined) return wrong(text, extra.index, 'there is a word too many', form);
  if (date === undefined && time === undefined && weekdays === undefined)
    return wrong(text, 0, 'not a calendar event', form);
  const days = readDate(text, date?.[0], date?.index ?? 0);
  if (days.problem !== undefined) return days;
  const clock = readClock(text, time?.[0], time?.index ?? text.length);
  if (clock.problem !== undefined) return clock;
  return { value: { weekdays, ...days.value, ...clock.value } };
}

function readWeekdays(text: string, word: string, at: number): Read<ReadonlySet<number>> {
  const found = new Set<number>();
  let from = at;
  const known = (name: string) => {
    const day = dayNames.findIndex((each) => [each, each.slice(0, 3)].includes(name.toLowerCase()));
    // A week begins on Monday.
    return day === -1 ? undefined : (day + 6) % 7;
  };
  for (const piece of word.split(',')) {
    const names = piece.split(/\.\.|-/);
    const [first, last] = [known(names[0] ?? ''), known(names.at(-1) ?? '')];
    if (first === undefined || last === undefined || names.length > 2) {
      const said = `${JSON.stringify(piece)} is no day of the week`;
      return wrong(text, from, said, 'days such as Mon, Sat,Sun or Mon..Fri');
    }
    if (last < first)
      return wrong(text, from, 'the week begins on Monday', 'an earlier day first: Sat,Sun,Mon');
    for (let day = first; day <= last; day++) found.add((day + 1) % 7);
    from += piece.length + 1;
  }
  return { value: found };
}

type DateParts = Pick<Calendar, 'years' | 'months' | 'days' | 'fromMonthEnd'>;

function readDate(text: string, word: string | undefined, at: number): Read<DateParts> {
  if (word === undefined) {
    return { value: { years: undefined, months: undefined, days: undefined, fromMonthEnd: false } };
  }
  const [, year, month = '', mark = '', day = ''] = /^(?:([^-~]*)-)?([^-~]*)([-~])([^-~]*)$/.exec(word) ?? [];
  if (mark === '') return wrong(text, at, 'not a date', '[YEAR-]MONTH-DAY, such as *-*-1..7 or 12-24');
  const monthAt = at + (year === undefined ? 0 : year.length + 1);
  const fromMonthEnd = mark === '~';
  const years = readComponent(text, year ?? '*', at, yearBounds, { isYear: true });
  if (years.problem !== undefined) return years;
  const months = readComponent(text, month, monthAt, { first: 1, last: 12 });
  if (months.problem !== undefined) return months;
  const bounds = { first: 1, last: fromMonthEnd ? 28 : 31 };
  const days = readComponent(text, day, monthAt + month.length + 1, bounds, { isBackwards: fromMonthEnd });
  if (days.problem !== undefined) return days;
  return { value: { years: years.value, months: months.value, days: days.value, fromMonthEnd } };
}

function readClock(
  text: string,
  word: string | undefined,
  at: number,
): Read<Pick<Calendar, 'hours' | 'minutes' | 'seconds'>> {
  if (word === undefined) return { value: { hours: midnight, minutes: midnight, seconds: midnight } };
  const [hour = '', minute, second = '0', ...more] = word.split(':');
  if (minute === undefined || more.length > 0) return wrong(text, at, 'not a time', 'HOUR:MINUTE[:SECOND]');
  const minuteAt = at + hour.length + 1;
  const hours = readComponent(text, hour, at, { first: 0, last: 23 });
  if (hours.problem !== undefined) return hours;
  const minutes = readComponent(text, minute, minuteAt, { first: 0, last: 59 });
  if (minutes.problem !== undefined) return minutes;
  const seconds = readComponent(text, second, minuteAt + minute.length + 1, { first: 0, last: 59 });
  if (seconds.problem !== undefined) return seconds;
  return { value: { hours: hours.value, minutes: minutes.value, seconds: seconds.value } };
}

interface Bounds {
  readonly first: number;
  readonly last: number;
}

function readComponent(
  text: string,
  word: string,
  at: number,
  { first: least, last: most }: Bounds,
  { isYear = false, isBackwards = false } = {},
): Read<Component> {
  if (word === '*') return { value: undefined };
  const number = (digits: string) => {
    const value = Number(digits);
    if (!isYear || value > 99) return value;
    return value < 70 ? value + 2000 : value + 1900;
  };
  const spans: Span[] = [];
  let from = at;
  for (const piece of word.split(',')) {
    const [, start, stop, every] = /^(\d+)(?:\.\.(\d+))?(?:\/(\d+))?$/.exec(piece) ?? [];
    const span = spanOf(number(start ?? ''), stop && number(stop), every && Number(every));
    const isInside = (value: number) => value >= least && value <= most;
    const ends = start !== undefined && isInside(span.first) && isInside(span.last ?? span.first);
    // Without an end, a step has to lead to a second value.
    const room = isBackwards ? span.first - least : most - span.first;
    const steps = span.step === undefined || (span.step > 0 && (stop !== undefined || span.step <= room));
    if (!ends || !steps || (span.last ?? span.first) < span.first) {
      const said = `${JSON.stringify(piece)} is out of place`;
      return wrong(
        text,
        from,
        said,
        `*, or numbers from ${least} to ${most} such as 1,3, 1..5 or ${least}/2`,
      );
    }
    spans.push(span);
    from += piece.length + 1;
  }
  return { value: spans };
}

/** An end that no step leads to is the last that one does, as systemd has it. */
function spanOf(first: number, end: number | '' | undefined, every: number | '' | undefined): Span {
  const step = every === '' ? undefined : every;
  if (end === '' || end === undefined) return { first, last: undefined, step };
  const past = step === undefined || step === 0 || end < first ? 0 : (end - first) % step;
  return { first, last: end - past, step };
}
