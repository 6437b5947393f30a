// Reboot windows against a search minute by minute, and the edges.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readDuration, showDuration } from '../../../src/locksmith/window/duration.ts';
import { readStart } from '../../../src/locksmith/window/start.ts';
import { pointAt } from '../../../src/locksmith/window/text.ts';
import {
  currentOccurrence,
  nextOccurrence,
  occurrencesFrom,
  previousOccurrence,
  type RebootWindow,
  readWindow,
} from '../../../src/locksmith/window/window.ts';
import { machineZone, showInstant, utc, type Zone, zoneNamed } from '../../../src/locksmith/window/zone.ts';

const minuteMs = 60_000;
const names = ['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'UTC', 'Asia/Kathmandu'];
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function zone(name: string): Zone {
  const found = zoneNamed(name);
  assert.ok(found !== undefined, name);
  return found;
}

function window(start: string, length: string, name = 'UTC'): RebootWindow {
  const read = readWindow(start, length, zone(name));
  assert.ok(read.window !== undefined, read.problem?.message);
  return read.window;
}

const anyWindow = fc.record({
  name: fc.constantFrom(...names),
  day: fc.option(fc.constantFrom(...days), { nil: undefined }),
  hour: fc.nat(23),
  minute: fc.nat(59),
  lengthMinutes: fc.nat(24 * 60 - 1),
  // A year and a bit, with all changes of the clocks in it.
  atMs: fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 3, 1) }),
});

test('the next start is the first minute at which a clock on the wall shows it', () => {
  fc.assert(
    fc.property(anyWindow, ({ name, day, hour, minute, atMs }) => {
      const start = `${day === undefined ? '' : `${day} `}${hour}:${minute}`;
      const { startMs } = nextOccurrence(window(start, '0', name), atMs);
      const shows = (ms: number) => {
        const local = new Date(ms + zone(name).offsetMs(ms));
        const rightDay = day === undefined || days[local.getUTCDay()] === day;
        return rightDay && local.getUTCHours() === hour && local.getUTCMinutes() === minute;
      };
      // Skipped and repeated times have rules of their own, which recorded.test.ts holds.
      const aroundMs = 90 * minuteMs;
      if (zone(name).offsetMs(startMs - aroundMs) !== zone(name).offsetMs(startMs + aroundMs)) return;
      assert.ok(shows(startMs), `${start} ${name}: ${showInstant(zone(name), startMs)}`);
      const first = Math.floor(atMs / minuteMs) * minuteMs + minuteMs;
      for (let ms = startMs - minuteMs; ms >= first; ms -= minuteMs) {
        if (!shows(ms)) continue;
        const changed = zone(name).offsetMs(ms - aroundMs) !== zone(name).offsetMs(ms + aroundMs);
        assert.ok(changed, `${start} ${name} was earlier, at ${showInstant(zone(name), ms)}`);
      }
    }),
    { numRuns: 25 },
  );
});

test('previous, current and next agree with each other', () => {
  fc.assert(
    fc.property(anyWindow, ({ name, day, hour, minute, lengthMinutes, atMs }) => {
      const start = `${day === undefined ? '' : `${day} `}${hour}:${minute}`;
      const each = window(start, `${lengthMinutes}m`, name);
      const [previous, next] = [previousOccurrence(each, atMs), nextOccurrence(each, atMs)];
      assert.ok(previous.startMs <= atMs && next.startMs > atMs);
      assert.deepEqual(nextOccurrence(each, previous.startMs), next);
      assert.equal(previous.endMs - previous.startMs, lengthMinutes * minuteMs);
      const current = currentOccurrence(each, atMs);
      assert.deepEqual(current, atMs <= previous.endMs ? previous : undefined);
      const [first] = occurrencesFrom(each, atMs);
      assert.deepEqual(first, current ?? next);
    }),
  );
});

test('start and end are inside, to the nanosecond', () => {
  const startMs = Date.UTC(2026, 10, 22, 14);
  const hour = window('14:00', '1h');
  assert.equal(currentOccurrence(hour, startMs - 1), undefined);
  assert.ok(currentOccurrence(hour, startMs) !== undefined);
  assert.ok(currentOccurrence(hour, startMs + 60 * minuteMs) !== undefined);
  assert.equal(currentOccurrence(hour, startMs + 60 * minuteMs + 1), undefined);
  assert.equal(currentOccurrence(window('14:00', '999999ns'), startMs + 1), undefined);
  assert.ok(currentOccurrence(window('14:00', '0'), startMs) !== undefined);
  assert.equal(currentOccurrence(window('14:00', '0'), startMs + 1), undefined);
});

test('a window over the change of clocks lasts its length, not its hours on the wall', () => {
  const [night] = occurrencesFrom(window('Sun 00:30', '4h', 'Europe/Berlin'), Date.UTC(2026, 9, 24));
  const berlin = zone('Europe/Berlin');
  assert.equal(showInstant(berlin, night?.startMs ?? 0), '2026-10-25T00:30:00+02:00');
  assert.equal(showInstant(berlin, night?.endMs ?? 0), '2026-10-25T03:30:00+01:00');
});

test('what the scanner passes over is told with its place', () => {
  const { value } = readStart('Thu 14:00pm');
  assert.equal(value?.trailing?.column, 10);
  assert.equal(value?.trailing?.message, '"pm" is passed over');
  assert.equal(readStart('Thu 14:00').value?.trailing, undefined);
});

test('a bad text is pointed at', () => {
  const { problem } = readWindow('Thurs 14:00', '1h', utc);
  assert.equal(problem?.message, 'invalid day of week "Thurs"');
  assert.equal(pointAt('14:00', 3), '  14:00\n    ^');
  assert.equal(readDuration('1h5d').problem?.column, 4);
  assert.equal(readDuration('1h5').problem?.column, 4);
});

test('durations are shown as they are read', () => {
  for (const [ms, shown] of [
    [0, '0s'],
    [500, '500ms'],
    [90_000, '1m30s'],
    [5_400_000, '1h30m0s'],
    [5_400_500, '1h30m0.5s'],
    [-60_000, '-1m0s'],
  ] as const) {
    assert.equal(showDuration(ms), shown);
    assert.equal(readDuration(shown).value, BigInt(ms) * 1_000_000n);
  }
});

test('the machine is in the zone that TZ names, or its link, or UTC', () => {
  assert.equal(machineZone({ TZ: 'Europe/Berlin' }).name, 'Europe/Berlin');
  assert.equal(machineZone({ TZ: ':/usr/share/zoneinfo/Asia/Tokyo' }).name, 'Asia/Tokyo');
  assert.equal(machineZone({ TZ: 'no such zone' }).name, 'UTC');
  assert.equal(zoneNamed('Middle/Earth'), undefined);
  assert.equal(zoneNamed('+02:00'), undefined);
});
