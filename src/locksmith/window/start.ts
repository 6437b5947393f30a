// The start of a reboot window: `[Day ]HH:MM`, read as the original reads it. Its scanner takes two numbers with
// a colon between them and stops there, so that "14:00pm" is 14:00; what it passes over is told to whoever asks.

import { type Read, type TextProblem, wrong } from './text.ts';

/** When a window begins, on the clock of its zone. */
export interface WindowStart {
  /** 0 is Sunday; undefined: every day. */
  readonly day: number | undefined;
  readonly hour: number;
  readonly minute: number;
  /** Text after the minutes that the original passes over in silence. */
  readonly trailing: TextProblem | undefined;
}

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const dayNames = 'one of Sun, Mon, Tue, Wed, Thu, Fri, Sat';
/** What Go's strings.Fields splits at. */
const field = /[^\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;
const maxNumber = 2n ** 63n;

/** Reads the start of a window. */
export function readStart(text: string): Read<WindowStart> {
  const fields = [...text.matchAll(field)];
  const [first, second, third] = fields;
  if (first === undefined || third !== undefined) {
    return wrong(text, third?.index ?? 0, 'wrong number of fields', 'HH:MM, or a day and HH:MM');
  }
  if (second === undefined) return readTime(text, first.index, first[0], undefined);
  const day = days.indexOf(first[0].toLowerCase());
  if (day !== -1) return readTime(text, second.index, second[0], day);
  return wrong(text, first.index, `invalid day of week ${JSON.stringify(first[0])}`, dayNames);
}

function readTime(text: string, at: number, time: string, day: number | undefined): Read<WindowStart> {
  const said = `invalid time of day ${JSON.stringify(time)}`;
  const hourPart = /^[-+]?\d+/.exec(time)?.[0];
  if (hourPart === undefined) return wrong(text, at, said, 'an hour from 0 to 23');
  if (!time.startsWith(':', hourPart.length))
    return wrong(text, at + hourPart.length, said, 'a colon, as in 14:00');
  const minuteAt = hourPart.length + 1;
  const minutePart = /^[-+]?\d+/.exec(time.slice(minuteAt))?.[0];
  if (minutePart === undefined) return wrong(text, at + minuteAt, said, 'minutes from 0 to 59');
  const hour = within(hourPart, 23);
  if (hour === undefined)
    return wrong(text, at, `${said}: hour must be >= 0 and <= 23`, 'an hour from 0 to 23');
  const minute = within(minutePart, 59);
  if (minute === undefined) {
    return wrong(text, at + minuteAt, `${said}: minute must be >= 0 and <= 59`, 'minutes from 0 to 59');
  }
  const end = minuteAt + minutePart.length;
  const rest = time.slice(end);
  const { problem } = wrong(
    text,
    at + end,
    `${JSON.stringify(rest)} is passed over`,
    'nothing after the minutes',
  );
  return { value: { day, hour, minute, trailing: rest === '' ? undefined : problem } };
}

/** A number from 0 to `max`; "-0" is 0, as the scanner has it. */
function within(digits: string, max: number): number | undefined {
  const value = BigInt(digits.replace(/^\+/, ''));
  return value >= 0n && value <= BigInt(max) && value < maxNumber ? Number(value) : undefined;
}
