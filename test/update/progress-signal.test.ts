// Which progress is told on the bus.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWorthTelling, type Told } from '../../src/update/progress-signal.ts';

test('the first is told, then every hundredth, then every ten seconds, and a new beginning', () => {
  const last: Told = { progress: 0.5, atMs: 1000 };
  assert.equal(isWorthTelling(undefined, 0, 0), true);
  assert.equal(isWorthTelling(last, 0.509, 1500), false);
  assert.equal(isWorthTelling(last, 0.51, 1500), true);
  assert.equal(isWorthTelling(last, 0.5, 10_999), false);
  assert.equal(isWorthTelling(last, 0.5, 11_000), true);
  assert.equal(isWorthTelling(last, 0.1, 1001), true);
});

test('a million steps of one download are told about a hundred times', () => {
  let told: Told | undefined;
  let count = 0;
  for (let step = 0; step <= 1_000_000; step++) {
    if (!isWorthTelling(told, step / 1_000_000, 0)) continue;
    told = { progress: step / 1_000_000, atMs: 0 };
    count++;
  }
  assert.ok(count >= 99 && count <= 102, String(count));
});
