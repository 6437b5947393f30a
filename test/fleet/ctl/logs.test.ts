// The journals of many machines in one: order, hold-back, forms. The journals themselves are in test/machine.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { commands } from '../../../src/fleet/ctl/commands.ts';
import { flagValues } from '../../../src/fleet/ctl/flags.ts';
import { formatLine, type LogLine } from '../../../src/fleet/ctl/logs-format.ts';
import { LiveMerge, mergeEnded } from '../../../src/fleet/ctl/logs-merge.ts';
import { journalWords, logQuery } from '../../../src/fleet/ctl/logs-query.ts';

async function* from<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

test('journals that end come out as one, in order, nothing lost', async () => {
  const journal = fc
    .array(fc.nat(50))
    .map((times) => times.toSorted((a, b) => a - b).map((timeUs) => ({ timeUs })));
  await fc.assert(
    fc.asyncProperty(fc.array(journal, { maxLength: 6 }), async (journals) => {
      const told: { timeUs: number }[] = [];
      for await (const line of mergeEnded(journals.map(from))) told.push(line);
      assert.deepEqual(
        told.map(({ timeUs }) => timeUs),
        journals
          .flat()
          .map(({ timeUs }) => timeUs)
          .toSorted((a, b) => a - b),
      );
      // Equal times keep the order of their journal: each line is the very one that went in.
      assert.deepEqual(new Set(told), new Set(journals.flat()));
    }),
  );
});

test('what was there comes once all have told it, the newest lines only', () => {
  const merge = new LiveMerge<{ timeUs: number }>({ holdMs: 100, patienceMs: 1000, lines: 3 }, 0);
  for (const source of ['a', 'b']) merge.begin(source);
  for (const timeUs of [1, 4, 5]) merge.add('a', { timeUs }, 10);
  merge.caughtUp('a');
  assert.deepEqual(merge.take(10), []);
  assert.equal(merge.nextInMs(10), 990);
  for (const timeUs of [2, 3]) merge.add('b', { timeUs }, 20);
  merge.caughtUp('b');
  assert.deepEqual(
    merge.take(20).map(({ timeUs }) => timeUs),
    [3, 4, 5],
  );
  assert.equal(merge.nextInMs(20), undefined);
});

test('a machine that says nothing, or is dead, holds the others up for a moment only', () => {
  const merge = new LiveMerge<{ timeUs: number }>({ holdMs: 100, patienceMs: 1000, lines: 10 }, 0);
  for (const source of ['a', 'b', 'dead']) merge.begin(source);
  merge.caughtUp('a');
  merge.caughtUp('b');
  merge.add('a', { timeUs: 7 }, 50);
  assert.deepEqual(merge.take(999), []);
  assert.deepEqual(merge.take(1000), [{ timeUs: 7 }]);
  merge.gone('dead');
  merge.add('a', { timeUs: 10 }, 2000);
  assert.deepEqual(merge.take(2050), []);
  assert.equal(merge.nextInMs(2050), 50);
  // An older line of another machine, within the moment: first it, then the other, without further waiting.
  merge.add('b', { timeUs: 9 }, 2060);
  assert.deepEqual(merge.take(2060), [{ timeUs: 9 }]);
  merge.add('b', { timeUs: 11 }, 2070);
  assert.deepEqual(merge.take(2070), [{ timeUs: 10 }]);
  assert.deepEqual(merge.take(2170), [{ timeUs: 11 }]);
});

test('no line is lost or told twice, and none is held longer than the moment', () => {
  const events = fc.array(
    fc.record({ source: fc.constantFrom('a', 'b', 'c'), timeUs: fc.nat(20), afterMs: fc.nat(30) }),
  );
  fc.assert(
    fc.property(events, (list) => {
      const merge = new LiveMerge<{ timeUs: number; at: number }>({ holdMs: 50, patienceMs: 0, lines: 0 }, 0);
      merge.take(0);
      let nowMs = 0;
      const told: { timeUs: number; at: number }[] = [];
      for (const { source, timeUs, afterMs } of list) {
        nowMs += afterMs;
        merge.caughtUp(source);
        merge.add(source, { timeUs, at: nowMs }, nowMs);
        for (const line of merge.take(nowMs)) told.push(line);
        const late = merge.nextInMs(nowMs);
        assert.ok(late === undefined || (late > 0 && late <= 50));
      }
      told.push(...merge.take(Number.POSITIVE_INFINITY));
      assert.equal(new Set(told).size, list.length);
    }),
  );
});

const entry = {
  cursor: 's=1',
  timestampUs: 1_700_000_000_123_456,
  message: 'one\n\x1b[31mtwo',
  priority: 3,
  unit: 'web.service',
  identifier: 'web',
  pid: 7,
  hostname: 'm1',
};
const line: LogLine = { machineID: '0a1b2c3d4e5f', timeUs: entry.timestampUs, entry, raw: '{"raw":1}' };

test('lines in all their forms; what a unit says does not steer the terminal', () => {
  assert.match(
    formatLine(line, 'short', false),
    /^[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d 0a1b2c3d web\.service web\[7\]: one\n {4}�\[31mtwo\n$/,
  );
  assert.match(formatLine(line, 'short-iso', false), /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} 0a1b2c3d /);
  assert.match(formatLine(line, 'short-precise', false), /:\d\d\.123456 0a1b2c3d /);
  assert.equal(formatLine(line, 'json', false), '{"raw":1}\n');
  assert.equal(formatLine(line, 'cat', false), 'one\n\x1b[31mtwo\n');
  assert.equal(formatLine(line, 'cat', true), 'one\n�[31mtwo\n');
  assert.deepEqual(JSON.parse(formatLine(line, 'self', false)), {
    ...{ time: '2023-11-14T22:13:20.123456Z', machine: '0a1b2c3d4e5f', hostname: 'm1', unit: 'web.service' },
    ...{ priority: 3, identifier: 'web', pid: 7, message: entry.message, cursor: 's=1' },
  });
  assert.match(
    formatLine(line, 'short', true),
    /\x1b\[\d+m0a1b2c3d web\.service\x1b\[0m web\[7\]: \x1b\[1;31mone/,
  );
});

test('what is asked of journalctl', () => {
  const flags = commands.find(({ name }) => name === 'logs')?.flags ?? [];
  const query = (given: Record<string, string>) =>
    logQuery(flagValues(flags, new Map(Object.entries(given)), {}));
  const words = (given: Record<string, string>) =>
    journalWords(['a.service'], query(given), { kind: 'past', lines: query(given).lines });
  assert.deepEqual(words({ grep: '$(reboot)', priority: 'err..warning' }).slice(5), [
    ...['--unit=a.service', '--priority=err..warning', '--grep=$(reboot)', '--lines=10'],
  ]);
  assert.deepEqual(words({ since: '-1h' }).slice(6), ['--since=-1h']);
  assert.deepEqual(words({ lines: 'all' }).slice(6), []);
  for (const bad of [
    { output: 'verbose' },
    { output: 'self' },
    { lines: '-1' },
    { priority: 'a b' },
    { grep: '' },
    { since: 'a\nb' },
    { follow: 'true', until: 'now' },
  ]) {
    assert.throws(() => query(bad), { code: 'cli.usage' }, JSON.stringify(bad));
  }
});
