// Several windows, exceptions, and the delay that spreads machines.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  firstOpenings,
  nextOpening,
  openings,
  type Schedule,
  shareOf,
} from '../../../src/locksmith/window/schedule.ts';
import { readExceptions, readWindows } from '../../../src/locksmith/window/schedule-text.ts';
import { showInstant, utc, zoneNamed } from '../../../src/locksmith/window/zone.ts';

const dayMs = 86_400_000;

function schedule(windows: string, exceptions = '', delayMs = 0): Schedule {
  const [some, none] = [readWindows(windows, utc), readExceptions(exceptions, utc)];
  assert.ok(some.problem === undefined, some.problem?.message);
  assert.ok(none.problem === undefined, none.problem?.message);
  return { windows: some.value, exceptions: none.value, delayMs };
}

function shown(each: Schedule, from: string, count: number): readonly string[] {
  return firstOpenings(each, Date.parse(from), count).map(
    ({ startMs, endMs }) => `${showInstant(utc, startMs)} ${showInstant(utc, endMs)}`,
  );
}

test('several windows come in the order of their starts, each in its zone', () => {
  assert.deepEqual(
    shown(schedule('Tue 04:00 2h; Mon 22:00 1h America/New_York'), '2026-11-22T00:00:00Z', 3),
    [
      '2026-11-24T03:00:00Z 2026-11-24T04:00:00Z',
      '2026-11-24T04:00:00Z 2026-11-24T06:00:00Z',
      '2026-12-01T03:00:00Z 2026-12-01T04:00:00Z',
    ],
  );
});

test('exceptions take days and hours out of windows', () => {
  const each = schedule('22:00 4h', '2026-12-24..2026-12-26; Fri 22:30 30m; 01-01');
  assert.deepEqual(shown(each, '2026-12-23T12:00:00Z', 4), [
    '2026-12-23T22:00:00Z 2026-12-24T00:00:00Z',
    '2026-12-27T00:00:00Z 2026-12-27T02:00:00Z',
    '2026-12-27T22:00:00Z 2026-12-28T02:00:00Z',
    '2026-12-28T22:00:00Z 2026-12-29T02:00:00Z',
  ]);
  assert.deepEqual(shown(each, '2026-12-18T12:00:00Z', 2), [
    '2026-12-18T22:00:00Z 2026-12-18T22:30:00Z',
    '2026-12-18T23:00:00Z 2026-12-19T02:00:00Z',
  ]);
  assert.deepEqual(shown(each, '2026-12-31T12:00:00Z', 2), [
    '2026-12-31T22:00:00Z 2027-01-01T00:00:00Z',
    '2027-01-02T00:00:00Z 2027-01-02T02:00:00Z',
  ]);
});

test('days of every year may go over its end', () => {
  const each = schedule('', '12-20..01-05');
  const at = (text: string) => nextOpening(each, Date.parse(text))?.open;
  assert.equal(at('2026-12-19T23:00:00Z'), true);
  assert.equal(at('2026-12-20T00:00:00Z'), false);
  assert.equal(at('2027-01-05T23:59:59Z'), false);
  assert.equal(at('2027-01-06T00:00:00Z'), true);
});

test('without windows every time is right; with all days excepted none is', () => {
  assert.equal(nextOpening(schedule(''), 0)?.open, true);
  assert.equal(nextOpening(schedule('', '01-01..12-31'), Date.UTC(2026, 5, 1)), undefined);
});

test('a moment is in an opening exactly when it is in a window and in no exception', () => {
  const each = schedule('Mon 10:00 30h; 03:15 90m', 'Tue 11:00 2h; 2026-11-25..2026-11-26');
  const from = Date.UTC(2026, 10, 20);
  const all = openings(each, from, from + 14 * dayMs);
  fc.assert(
    fc.property(fc.integer({ min: from, max: from + 14 * dayMs }), (ms) => {
      const { open, next } = nextOpening(each, ms) ?? {};
      assert.equal(
        open,
        all.some(({ startMs, endMs }) => startMs <= ms && ms <= endMs),
      );
      assert.ok(next !== undefined && next.endMs >= ms);
    }),
  );
});

test('machines begin one after the other, and always within the window', () => {
  const ids = Array.from({ length: 500 }, (_, index) => index.toString(16).padStart(32, '0'));
  const shares = ids.map(shareOf).sort((a, b) => a - b);
  assert.deepEqual(ids.map(shareOf), ids.map(shareOf));
  assert.ok((shares[0] ?? 1) < 0.02 && (shares.at(-1) ?? 0) > 0.98 && (shares.at(-1) ?? 1) < 1);
  const [first] = firstOpenings(schedule('10:00 1h', '', 30 * 60_000), Date.UTC(2026, 0, 1), 1);
  assert.equal(showInstant(utc, first?.startMs ?? 0), '2026-01-01T10:30:00Z');
  const [short] = firstOpenings(schedule('10:00 10m', '', 30 * 60_000), Date.UTC(2026, 0, 1), 1);
  assert.equal(short?.startMs, short?.endMs);
});

test('bad schedules are pointed at', () => {
  const column = (text: string) => readWindows(text, utc).problem?.column;
  assert.equal(column('10:00 1h; Foo 10:00 1h'), 11);
  assert.equal(column('10:00 1h; Mon 25:00 1h'), 15);
  assert.equal(column('10:00 1d'), 8);
  assert.equal(column('10:00 1h Middle/Earth'), 10);
  assert.equal(column('10:00'), 1);
  assert.equal(readExceptions('2026-02-30', utc).problem?.message, 'there is no such day');
  assert.equal(readExceptions('2026-03-02..2026-03-01', utc).problem?.column, 1);
  assert.ok(zoneNamed('Europe/Berlin') !== undefined);
});
