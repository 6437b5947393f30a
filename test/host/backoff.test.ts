import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs } from '../../src/host/index.ts';

const options = { firstMs: 100, maxMs: 5000 };

test('doubles from the first pause up to the bound', () => {
  const longest = [0, 1, 2, 3, 10, 5000].map((attempt) => backoffMs(attempt, options, () => 1));
  assert.deepEqual(longest, [100, 200, 400, 800, 5000, 5000]);
});

test('jitter takes away at most half', () => {
  assert.equal(
    backoffMs(3, options, () => 0),
    400,
  );
});
