import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Invariants } from '../../src/simulator/invariants.ts';

function begin(disturbed: readonly string[] = [], touched: readonly string[] = []) {
  const unit = (name: string) => ({ name, launched: true, global: false, apart: true, version: 1 });
  return new Invariants({
    now: () => 1500,
    unit,
    isDisturbed: (machine) => disturbed.includes(machine),
    isTouched: (name) => touched.includes(name),
  });
}

test('a unit on two machines is seen, unless one of them was disturbed', () => {
  const strict = begin();
  strict.observe('m1', 'a@1.service', true);
  strict.observe('m2', 'a@1.service', true);
  assert.deepEqual(strict.violations, ['after 1.500 s: a@1.service starts on m2 while it runs on m1.']);
  const excused = begin(['m1']);
  excused.observe('m1', 'a@1.service', true);
  excused.observe('m2', 'a@1.service', true);
  assert.deepEqual(excused.violations, []);
});

test('two units that are to be apart are seen together', () => {
  const strict = begin();
  strict.observe('m1', 'a@1.service', true);
  strict.observe('m1', 'b@1.service', true);
  assert.deepEqual(strict.violations, []);
  strict.observe('m1', 'a@2.service', true);
  assert.match(strict.violations[0] ?? '', /a@2\.service starts on m1 beside a@1\.service/);
});

test('a stop without a cause is seen, one that somebody wanted is not', () => {
  const strict = begin([], ['b@1.service']);
  for (const unit of ['a@1.service', 'b@1.service']) strict.observe('m1', unit, true);
  for (const unit of ['a@1.service', 'b@1.service']) strict.observe('m1', unit, false);
  assert.deepEqual(strict.violations, ['after 1.500 s: a@1.service stops on m1, and nobody wanted that.']);
});
