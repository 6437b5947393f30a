// The semaphore of version 3, as data: who gets a place, whose place is given on, and that this is never silent.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  availableOf,
  initialRecord,
  readRecord,
  type SemaphoreRecord,
  withHolder,
  withoutHolder,
  writeRecord,
} from '../../../src/locksmith/semaphore/record.ts';

const now = new Date('2026-11-22T14:00:00Z');
const claim = (id: string) => ({ id, name: `${id}.example`, reason: 'update to 2' });

test('a place is taken with all there is to say of it', () => {
  const { record, freed } = withHolder(initialRecord, claim('m1'), { lease: '7', now, dead: [] });
  assert.deepEqual(record.holders, [
    { id: 'm1', name: 'm1.example', reason: 'update to 2', since: now.toISOString(), lease: '7' },
  ]);
  assert.deepEqual(freed, []);
  assert.equal(availableOf(record), 0);
  assert.deepEqual(readRecord(writeRecord(record), 'k'), record);
});

test('who finds it full is told who is in the way', () => {
  const { record } = withHolder(initialRecord, claim('m1'), { lease: '7', now, dead: [] });
  assert.throws(() => withHolder(record, claim('m2'), { now, dead: [] }), {
    code: 'locksmith.full',
    message: 'semaphore is at 0',
    hint: 'Held by m1.example (m1) since 2026-11-22T14:00:00.000Z: update to 2.',
  });
  assert.throws(() => withHolder({ ...initialRecord, max: 0 }, claim('m2'), { now, dead: [] }), {
    hint: 'The maximum is 0: nobody may reboot.',
  });
});

test('the place of the dead is given on by name, and only when it is needed', () => {
  const { record: one } = withHolder({ ...initialRecord, max: 2 }, claim('m1'), {
    lease: '7',
    now,
    dead: [],
  });
  const { record: two, freed: none } = withHolder(one, claim('m2'), { lease: '8', now, dead: ['m1'] });
  assert.deepEqual(none, []);
  const { record, freed } = withHolder(two, claim('m3'), { lease: '9', now, dead: ['m1'] });
  assert.deepEqual(
    record.holders.map(({ id }) => id),
    ['m2', 'm3'],
  );
  const at = now.toISOString();
  assert.deepEqual(freed, [{ id: 'm1', name: 'm1.example', since: at, at, by: 'm3' }]);
  assert.deepEqual(record.freed, freed);
});

test('never more holders than places; a place only goes from the dead; each such case is noted', () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const step = fc.record({
    kind: fc.constantFrom('lock', 'unlock'),
    id: fc.constantFrom(...ids),
    dead: fc.subarray(ids),
  });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3 }), fc.array(step), (max, steps) => {
      let record: SemaphoreRecord = { ...initialRecord, max };
      for (const { kind, id, dead } of steps) {
        const before = record.holders.map((holder) => holder.id);
        if (kind === 'unlock') {
          record = withoutHolder(record, id) ?? record;
          continue;
        }
        try {
          const next = withHolder(record, claim(id), { lease: '1', now, dead });
          const gone = before.filter((each) => !next.record.holders.some((holder) => holder.id === each));
          assert.deepEqual(next.freed.map((each) => each.id).sort(), gone.sort());
          assert.ok(gone.every((each) => dead.includes(each) && each !== id));
          record = next.record;
        } catch (error) {
          assert.match(String(error), /semaphore is at/);
        }
        assert.ok(record.holders.length <= Math.max(max, 0));
        assert.ok(record.freed.length <= 10);
      }
    }),
  );
});

test('what is no semaphore is refused by name', () => {
  for (const text of [
    '',
    '{}',
    '{"max":1,"holders":[{}],"freed":[]}',
    '{"max":"1","holders":[],"freed":[]}',
  ]) {
    assert.throws(() => readRecord(text, '/k'), { code: 'locksmith.unavailable' });
  }
});
