// Calendar events as systemd reads and counts them: a table that was taken from systemd-analyze 252, and where that
// program is here, expressions by chance put to both.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { eventsAfter } from '../../../src/locksmith/window/calendar.ts';
import { readCalendar } from '../../../src/locksmith/window/calendar-text.ts';
import { firstOpenings } from '../../../src/locksmith/window/schedule.ts';
import { readExceptions, readWindows } from '../../../src/locksmith/window/schedule-text.ts';
import { showInstant, utc, type Zone, zoneNamed } from '../../../src/locksmith/window/zone.ts';
import { choices } from '../../cloud-config/seeded.ts';

function next(text: string, zone: Zone, from: string, count: number): readonly string[] {
  const { value, problem } = readCalendar(text);
  assert.ok(value !== undefined, `${text}: ${problem?.message}`);
  const found: string[] = [];
  for (const at of eventsAfter(value, zone, Date.parse(from))) {
    if (found.push(new Date(at).toISOString().slice(0, 19)) === count) break;
  }
  return found;
}

test('events come when systemd has them', () => {
  for (const [text, ...expected] of [
    ['*-2~1', '2026-02-28T00:00:00', '2027-02-28T00:00:00', '2028-02-29T00:00:00'],
    ['Mon *-*-1..7 18:00', '2026-01-05T18:00:00', '2026-02-02T18:00:00'],
    ['*-*~7/1', '2026-01-25T00:00:00', '2026-01-26T00:00:00'],
    ['Mon *-05~07/1', '2026-05-25T00:00:00', '2027-05-31T00:00:00'],
    ['*-*~10..20/3', '2026-01-13T00:00:00', '2026-01-16T00:00:00'],
    ['*:5..20/10', '2026-01-01T00:05:00', '2026-01-01T00:15:00', '2026-01-01T01:05:00'],
    ['2026..2028/2-1-1 0:0', '2028-01-01T00:00:00'],
    ['26,2030-1-1', '2030-01-01T00:00:00'],
    ['semiannually', '2026-07-01T00:00:00', '2027-01-01T00:00:00'],
    ['WEEKLY', '2026-01-05T00:00:00', '2026-01-12T00:00:00'],
    ['Mon-Wed,fri 1:0', '2026-01-02T01:00:00', '2026-01-05T01:00:00'],
    ['*-2-29', '2028-02-29T00:00:00', '2032-02-29T00:00:00'],
    ['02-30'],
    ['10:*:0/30', '2026-01-01T10:00:00', '2026-01-01T10:00:30'],
  ] as const) {
    assert.deepEqual(next(text, utc, '2026-01-01T00:00:00Z', Math.max(1, expected.length)), expected, text);
  }
});

test('what a change of clocks skips does not come that day, and of what comes twice the first counts', () => {
  for (const [text, zone, from, ...expected] of [
    ['02:30', 'America/New_York', '2026-03-07T12:00:00Z', '2026-03-09T06:30:00', '2026-03-10T06:30:00'],
    ['01:30', 'America/New_York', '2026-10-31T12:00:00Z', '2026-11-01T05:30:00', '2026-11-02T06:30:00'],
    ['02:30', 'Europe/Berlin', '2026-10-24T21:00:00Z', '2026-10-25T00:30:00', '2026-10-26T01:30:00'],
    ['1:50', 'Australia/Lord_Howe', '2026-04-04T10:00:00Z', '2026-04-04T14:50:00', '2026-04-05T15:20:00'],
    ['12:00', 'Pacific/Apia', '2011-12-29T00:00:00Z', '2011-12-29T22:00:00', '2011-12-30T22:00:00'],
    ['00:30', 'America/Sao_Paulo', '2018-11-03T12:00:00Z', '2018-11-05T02:30:00'],
    ['02:30', 'Africa/Casablanca', '2024-03-09T12:00:00Z', '2024-03-10T01:30:00', '2024-03-11T02:30:00'],
  ] as const) {
    const known = zoneNamed(zone);
    assert.ok(known !== undefined);
    assert.deepEqual(next(text, known, from, expected.length), expected, `${text} ${zone}`);
  }
});

test('what systemd refuses is refused, with its place', () => {
  for (const [text, column] of [
    ...([
      ['', 1],
      ['*', 1],
      ['10', 1],
      ['*/2:00', 1],
      ['24:00', 1],
      ['0:60', 3],
      ['10..:0', 1],
      ['8..5:0', 1],
    ] as const),
    ...([
      ['1/0:00', 1],
      ['1/30:0', 1],
      ['*:0/60', 3],
      ['1:2:3:4', 1],
      ['0:0:0.5', 5],
      ['2026-13-1', 6],
    ] as const),
    ...([
      ['1969-1-1', 1],
      ['2200-1-1', 1],
      ['*-*-0 1:0', 5],
      ['*-*~29', 5],
      ['*-*~1/2', 5],
      ['*-*-1/31', 5],
    ] as const),
    ...([
      ['Sat..Mon', 1],
      ['Tues 1:0', 1],
      ['Mon,,', 5],
      ['Mon Tue 1:0', 5],
      ['Mon daily', 5],
      ['1:1 1-1', 5],
    ] as const),
  ]) {
    assert.equal(readCalendar(text).problem?.column, column, JSON.stringify(text));
  }
});

function expressions(seed: number) {
  const { number, pick } = choices(seed);
  const int = (least: number, most: number) => least + number(most - least + 1);
  const span = (least: number, most: number) => {
    const first = int(least, most);
    const forms = ['', `..${int(least, most)}`, `/${int(0, 12)}`, `..${most}/${int(1, 9)}`];
    return `${first}${pick(forms)}`;
  };
  const list = (least: number, most: number) =>
    number(5) < 2 ? '*' : Array.from({ length: int(1, 2) }, () => span(least, most)).join(',');
  const day = () => pick(['Mon', 'tue', 'Wednesday', 'THU', 'Fri', 'Saturday', 'Sun']);
  return { int, pick, list, day };
}

// Others count the changes of clocks a little differently.
const { stdout: version } = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
test('expressions by chance: the same as systemd-analyze 252', {
  skip: /^systemd 252 /.test(version ?? '') ? false : 'systemd-analyze 252 is not here',
}, () => {
  const { int, pick, list, day } = expressions(20_261_122);
  const zones = ['UTC', 'America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Tokyo'] as const;
  let read = 0;
  for (let round = 0; round < 80; round++) {
    const days = pick(['', '', `${day()} `, `${day()}..${day()} `, `${day()},${day()} `]);
    const date = pick([
      '',
      `*-${list(1, 12)}-${list(1, 31)} `,
      `*-*~${int(1, 28)} `,
      `${int(2024, 2030)}-*-${list(1, 28)} `,
    ]);
    const text = `${days}${date}${list(0, 24)}:${list(0, 60)}`;
    const name = pick(zones);
    const base = new Date(Date.UTC(int(2024, 2028), int(0, 11), int(1, 28), int(0, 23), int(0, 59)));
    const from = base.toISOString();
    const { status, stdout } = spawnSync(
      'systemd-analyze',
      [
        'calendar',
        '--iterations=6',
        `--base-time=${from.slice(0, 19).replace('T', ' ')} UTC`,
        `${text} ${name}`,
      ],
      { env: { PATH: process.env.PATH ?? '', TZ: 'UTC' }, encoding: 'utf8' },
    );
    assert.equal(readCalendar(text).problem === undefined, status === 0, text);
    if (status !== 0) continue;
    read += 1;
    const theirs = [...stdout.matchAll(/(?:Next elapse|Iter[a-z.]* #\d+): \w+ (\S+) (\S+) UTC/g)];
    const zone = zoneNamed(name);
    assert.ok(zone !== undefined);
    const expected = theirs.map(([, date = '', time = '']) => `${date}T${time}`);
    const ours = next(text, zone, from, Math.max(1, expected.length));
    assert.deepEqual(ours, expected, `${text} ${name} from ${from}`);
  }
  assert.ok(read > 20);
});

test('windows begin with events, and exceptions are such windows', () => {
  const berlin = zoneNamed('Europe/Berlin');
  assert.ok(berlin !== undefined);
  const windows = readWindows(
    'Mon..Fri *-*-* 02:00 1h; Sat *-*-1..7 18:00 4h UTC; 23:30:15 10m',
    berlin,
  ).value;
  const exceptions = readExceptions('*-*-31 00:00 24h; 12-24..01-01', berlin).value;
  assert.ok(windows !== undefined && exceptions !== undefined);
  const shown = (from: string, count: number) =>
    firstOpenings({ windows, exceptions, delayMs: 0 }, Date.parse(from), count).map(({ startMs, endMs }) =>
      [startMs, endMs].map((each) => showInstant(berlin, each).slice(5, 19)).join(' '),
    );
  assert.deepEqual(shown('2026-08-28T00:30:00Z', 5), [
    '08-28T02:00:00 08-28T03:00:00',
    '08-28T23:30:15 08-28T23:40:15',
    '08-29T23:30:15 08-29T23:40:15',
    '08-30T23:30:15 08-30T23:40:15',
    '09-01T02:00:00 09-01T03:00:00',
  ]);
  assert.deepEqual(shown('2026-12-23T22:45:00Z', 1), ['01-02T19:00:00 01-02T23:00:00']);
});

test('of one event several windows may be open at once; each is told', () => {
  const { value: windows = [] } = readWindows('*:0/20 1h', utc);
  const now = Date.UTC(2026, 0, 1, 12, 10);
  const open = firstOpenings({ windows, exceptions: [], delayMs: 0 }, now, 4);
  assert.deepEqual(
    open.map(({ startMs }) => (startMs - now) / 60_000),
    [-50, -30, -10, 10],
  );
});

test('a text that is neither a window nor an event is pointed at', () => {
  for (const [text, column, message] of [
    ['Thurs 14:00 1h', 1, /invalid day of week/],
    ['14:00pm 1h', 6, /nothing may follow/],
    ['Mon..Fry *-*-* 02:00 1h', 1, /no day of the week/],
    ['04:00 1h; *-*-* 25:00 1h', 17, /out of place/],
    ['*-*-* *:*:* 1h', 1, /every few seconds/],
    ['weekly 168h', 8, /cannot exceed a week/],
    ['weekly', 1, /not a window/],
    ['*-*-* 02:00 1h Mars/Base', 16, /unknown time zone/],
  ] as const) {
    const { problem } = readWindows(text, utc);
    assert.equal(problem?.column, column, text);
    assert.match(problem?.message ?? '', message);
  }
});
