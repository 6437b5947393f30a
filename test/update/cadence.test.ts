// When the next check is due, over tables and over chance.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CheckOutcome, firstWait, nextWait, type Wait, waitSeconds } from '../../src/update/cadence.ts';

const band = (intervalS: number): Wait => ({ intervalS, fuzzS: intervalS });
const regular: Wait = { intervalS: 2700, fuzzS: 600 };

test('the first check comes after 420 s, give or take 300', () => {
  assert.deepEqual(firstWait, { intervalS: 420, fuzzS: 600 });
  assert.equal(
    waitSeconds(firstWait, () => 0),
    120,
  );
  assert.equal(
    waitSeconds(firstWait, () => 0.5),
    420,
  );
  assert.equal(
    waitSeconds(firstWait, () => 1 - Number.EPSILON),
    720,
  );
});

const cases: readonly (readonly [string, Wait, CheckOutcome, Wait])[] = [
  ['all is well', regular, { httpStatus: 200 }, regular],
  ['no answer at all', regular, {}, regular],
  ['500 doubles', regular, { httpStatus: 500 }, band(5400)],
  ['503 doubles', regular, { httpStatus: 503 }, band(5400)],
  ['and doubles again', band(5400), { httpStatus: 500 }, band(10_800)],
  ['up to four hours', band(10_800), { httpStatus: 503 }, band(14_400)],
  ['and stays there', band(14_400), { httpStatus: 500 }, band(14_400)],
  ['a good answer ends it', band(14_400), { httpStatus: 200 }, regular],
  [
    '500 after the first check is the regular wait: twice 420 is less',
    firstWait,
    { httpStatus: 500 },
    regular,
  ],
  ['501 is no overload', regular, { httpStatus: 501 }, regular],
  ['502 is no overload', band(5400), { httpStatus: 502 }, regular],
  ['504 is no overload', regular, { httpStatus: 504 }, regular],
  ['404 neither', regular, { httpStatus: 404 }, regular],
  ['429 neither', regular, { httpStatus: 429 }, regular],
  [
    'PollInterval above the regular one is taken',
    regular,
    { pollIntervalS: 3600, httpStatus: 200 },
    band(3600),
  ],
  ['as long as it is not too long', regular, { pollIntervalS: 100_000 }, band(14_400)],
  ['exactly four hours', regular, { pollIntervalS: 14_400 }, band(14_400)],
  ['exactly the regular one is regular', regular, { pollIntervalS: 2700 }, regular],
  ['one second more is not', regular, { pollIntervalS: 2701 }, band(2701)],
  ['a short one is regular', regular, { pollIntervalS: 10 }, regular],
  ['zero is regular', regular, { pollIntervalS: 0 }, regular],
  ['a negative one is regular', regular, { pollIntervalS: -5 }, regular],
  ['it wins over 500', band(5400), { pollIntervalS: 3000, httpStatus: 500 }, band(3000)],
  ['a short one does not win over 500', regular, { pollIntervalS: 60, httpStatus: 500 }, band(5400)],
  ['it is for one wait only', band(3600), { httpStatus: 200 }, regular],
  ['500 after a PollInterval doubles that', band(3600), { httpStatus: 500 }, band(7200)],
];
for (const [name, last, outcome, expected] of cases) {
  test(`next check: ${name}`, () => assert.deepEqual(nextWait(last, outcome), expected));
}

test('a wait is within its band, reaches both ends, and is never negative', () => {
  for (const wait of [firstWait, regular, band(2701), band(14_400), { intervalS: 100, fuzzS: 600 }]) {
    let seed = 7;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const lowest = Math.max(0, wait.intervalS - Math.floor(wait.fuzzS / 2));
    const highest = wait.intervalS - Math.floor(wait.fuzzS / 2) + wait.fuzzS;
    for (let round = 0; round < 2000; round++) {
      const seconds = waitSeconds(wait, random);
      assert.ok(Number.isInteger(seconds) && seconds >= lowest && seconds <= highest, String(seconds));
    }
    assert.equal(
      waitSeconds(wait, () => 0),
      lowest,
    );
    assert.equal(
      waitSeconds(wait, () => 1 - Number.EPSILON),
      highest,
    );
  }
});
