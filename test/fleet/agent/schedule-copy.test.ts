import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planCutOff } from '../../../src/fleet/agent/cut-off.ts';
import { readCopy, renderCopy, type ScheduleCopy, sameCopy } from '../../../src/fleet/agent/schedule-copy.ts';
import type { Assignment } from '../../../src/fleet/model.ts';
import { writeContent } from '../../../src/fleet/registry/records.ts';

const confirmedAt = '2026-03-01T12:00:00.000Z';
const at = (ms: number) => new Date(Date.parse(confirmedAt) + ms);

function copyOf(units: Readonly<Record<string, readonly (readonly [string, string])[]>>): ScheduleCopy {
  const assignments: Assignment[] = [];
  const contents = new Map<string, string>();
  for (const [unit, fleet] of Object.entries(units)) {
    const hash = `hash of ${unit}`;
    assignments.push({ unit, machineID: 'm1', hash, targetState: 'launched', reason: 'why', revision: 7 });
    const options = fleet.map(([name, value]) => ({ section: 'X-Fleet', name, value }));
    contents.set(
      hash,
      writeContent({
        options: [{ section: 'Service', name: 'ExecStart', value: '/bin/true' }, ...options],
        dropIns: [],
      }),
    );
  }
  return { machineID: 'm1', confirmedAt, assignments, finished: ['a.service'], contents };
}

test('a copy says again what it was made of', () => {
  const copy = copyOf({ 'a.service': [], 'ü.service': [['Global', 'true']] });
  assert.deepEqual(readCopy(renderCopy(copy)), copy);
});

test('a copy of which a single byte is other, or that ends early, is damaged', () => {
  const text = renderCopy(copyOf({ 'a.service': [] }));
  for (let place = 0; place < text.length; place++) {
    const other = text[place] === 'x' ? 'y' : 'x';
    const read = readCopy(`${text.slice(0, place)}${other}${text.slice(place + 1)}`);
    assert.ok('damage' in read, `byte ${place}`);
    assert.ok('damage' in readCopy(text.slice(0, place)), `${place} bytes`);
  }
});

test('what a later version adds to contents and to the copy is kept, or passed over', () => {
  const copy = copyOf({ 'a.service': [] });
  const content = JSON.stringify({ options: [], dropIns: { 'x.conf': [] } });
  const later = { ...copy, contents: new Map([['hash of a.service', content]]) };
  const read = readCopy(renderCopy(later));
  assert.ok(!('damage' in read));
  assert.equal(read.contents.get('hash of a.service'), content);
});

test('copies are the same whenever they were confirmed', () => {
  const copy = copyOf({ 'a.service': [] });
  assert.ok(sameCopy(copy, { ...copy, confirmedAt: at(1000).toISOString() }));
  assert.ok(!sameCopy(copy, copyOf({ 'b.service': [] })));
});

test('without a limit all are started, but for those that must not run twice', () => {
  const copy = copyOf({
    'a.service': [],
    'keeps.service': [['WhenCutOff', 'keep']],
    'one.service': [['WhenCutOff', 'stop']],
    'all.service': [['Global', 'true']],
  });
  const { start, wait } = planCutOff(copy, at(365 * 86_400_000), undefined);
  assert.deepEqual(
    start.map(({ unit }) => unit),
    ['a.service', 'keeps.service', 'all.service'],
  );
  assert.deepEqual(wait, [
    { name: 'one.service', reason: 'one.service has WhenCutOff=stop: it waits for the store.' },
  ]);
});

test('a copy older than the limit, or of another age than it can be, starts global units alone', () => {
  const copy = copyOf({ 'a.service': [], 'all.service': [['Global', 'true']] });
  const started = (ms: number, limitMs: number, of = copy) =>
    planCutOff(of, at(ms), limitMs).start.map(({ unit }) => unit);
  assert.deepEqual(started(60_000, 60_000), ['a.service', 'all.service']);
  assert.deepEqual(started(60_001, 60_000), ['all.service']);
  // A clock that is not set yet.
  assert.deepEqual(started(-60_000, 60_000), ['a.service', 'all.service']);
  assert.deepEqual(started(-86_400_000, 60_000), ['all.service']);
  assert.deepEqual(started(0, 60_000, { ...copy, confirmedAt: 'some day' }), ['all.service']);
  const { wait } = planCutOff(copy, at(60_001), 60_000);
  assert.match(wait[0]?.reason ?? '', /is of 2026-03-01T12:00:00.000Z; cut_off_limit is 60 s/);
});

test('a unit without its content waits', () => {
  const copy = { ...copyOf({ 'a.service': [] }), contents: new Map() };
  assert.match(planCutOff(copy, at(0), undefined).wait[0]?.reason ?? '', /does not have the content/);
});
