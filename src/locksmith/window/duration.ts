// Durations as Go writes them: "1h30m", "1.5h", "90s". The grammar and the arithmetic are those of Go's
// time.ParseDuration, to the nanosecond: what old configurations say means the same here.

import { type Read, wrong } from './text.ts';

const unitNs: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const limit = 2n ** 63n;
const form = 'a duration such as 1h30m, of numbers with ns, us, ms, s, m or h';
const whole = (problem: string, text: string) => `${problem} ${JSON.stringify(text)}`;

/** Reads a duration; the value is nanoseconds, negative ones too. A bare 0 needs no unit. */
export function readDuration(text: string): Read<bigint> {
  const sign = /^[-+]?/.exec(text)?.[0] ?? '';
  const rest = text.slice(sign.length);
  if (rest === '0') return { value: 0n };
  if (rest === '') return wrong(text, sign.length, whole('invalid duration', text), form);
  let total = 0n;
  for (let at = sign.length; at < text.length; ) {
    const [piece, digits = '', fraction = ''] = /^(\d*)(?:\.(\d*))?/.exec(text.slice(at)) ?? [''];
    if (digits === '' && fraction === '')
      return wrong(text, at, whole('invalid duration', text), `a number here; ${form}`);
    const word = /^[^.\d]*/.exec(text.slice(at + piece.length))?.[0] ?? '';
    const unitAt = at + piece.length;
    if (word === '') return wrong(text, unitAt, whole('missing unit in duration', text), form);
    const unit = Object.hasOwn(unitNs, word) ? unitNs[word] : undefined;
    if (unit === undefined) {
      const message = `unknown unit ${JSON.stringify(word)} in duration ${JSON.stringify(text)}`;
      return wrong(text, unitAt, message, `one of ns, us, ms, s, m, h (a day is 24h)`);
    }
    const tooMuch = wrong(text, at, whole('invalid duration', text), 'less than 292 years');
    const amount = BigInt(digits === '' ? '0' : digits);
    if (amount > limit / unit) return tooMuch;
    const value = amount * unit + fractionNs(fraction, unit);
    if (value > limit) return tooMuch;
    total += value;
    if (total > limit) return tooMuch;
    at = unitAt + word.length;
  }
  if (sign === '-') return { value: -total };
  if (total === limit)
    return wrong(text, sign.length, whole('invalid duration', text), 'less than 292 years');
  return { value: total };
}

/** Digits behind the point that no longer fit into 63 bits are passed over; the rest is a product of floats. */
function fractionNs(digits: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    if (value > (limit - 1n) / 10n) break;
    const next = value * 10n + BigInt(digit);
    if (next > limit) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}

/** A duration in the same form, its units from hours to seconds: `1h30m0s`, `500ms`. For whole milliseconds. */
export function showDuration(ms: number): string {
  if (ms < 0) return `-${showDuration(-ms)}`;
  if (ms > 0 && ms < 1000) return `${Math.round(ms * 1000) / 1000}ms`;
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = `${(Math.round(ms) - Math.floor(seconds / 60) * 60_000) / 1000}s`;
  return hours > 0 ? `${hours}h${minutes}m${tail}` : minutes > 0 ? `${minutes}m${tail}` : tail;
}
