import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AbsenceFacts, judgeAbsence } from '../../../src/fleet/engine/absence.ts';

const judge = (facts: Partial<AbsenceFacts> & Pick<AbsenceFacts, 'absent'>) =>
  judgeAbsence({
    nowMs: 100_000,
    ttlMs: 10_000,
    continuousSinceMs: 0,
    lostAtMs: [],
    presentCount: 5,
    ...facts,
  });

test('a machine that went before our eyes is lost at once', () => {
  assert.deepEqual(judge({ absent: new Map([['m1', 100_000]]) }).lost, ['m1']);
});

test('while cut off nobody is lost', () => {
  const absent = new Map([['m1', 50_000]]);
  assert.deepEqual(judge({ absent, continuousSinceMs: undefined }), { lost: [] });
});

test('after a reconnect each has one lease to speak', () => {
  const absent = new Map<string, number | undefined>([
    ['m1', undefined],
    ['m2', 20_000],
  ]);
  const early = judge({ absent, continuousSinceMs: 95_000 });
  assert.deepEqual([early.lost, early.againAtMs], [[], 105_000]);
  assert.deepEqual(judge({ absent, continuousSinceMs: 89_000 }).lost, ['m1', 'm2']);
});

test('when most go at once they have one lease more', () => {
  const absent = new Map([
    ['m1', 99_000],
    ['m2', 99_500],
  ]);
  const early = judge({ absent, presentCount: 1 });
  assert.deepEqual(early.lost, []);
  assert.equal(early.againAtMs, 109_500);
  assert.match(early.held ?? '', /2 of 3 machines went within 10 s/);
  assert.deepEqual(judge({ absent, presentCount: 1, nowMs: 109_500 }).lost, ['m1', 'm2']);
  assert.deepEqual(judge({ absent: new Map([['m1', 99_000]]), presentCount: 1 }).lost, ['m1'], 'one of two');
});
