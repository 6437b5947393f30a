// Journals of several machines, merged.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeJournals } from '../../src/sandbox/merge-journals.ts';

test('lines are ordered by time, whatever the zone, and lines that go on stay where they belong', () => {
  const one = [
    '2026-01-02T10:00:00.000002+0000 m1 a[1]: first\n',
    '2026-01-02T10:00:00.000004+0000 m1 a[1]: third\n                of two lines\n',
  ].join('');
  const two = [
    '2026-01-02T11:00:00.000003+01:00 m2 b[1]: second\n',
    '2026-01-02T10:00:00.000004+0000 m2 b[1]: fourth\n',
  ].join('');
  const words = mergeJournals([one, two]).match(/first|second|third|of two lines|fourth/g);
  assert.deepEqual(words, ['first', 'second', 'third', 'of two lines', 'fourth']);
});

test('nothing merges to nothing, and what has no time comes first', () => {
  assert.equal(mergeJournals([]), '');
  assert.equal(mergeJournals(['', '']), '');
  assert.equal(
    mergeJournals(['2026-01-02T10:00:00.000002+0000 a\n', 'odd\n']),
    'odd\n2026-01-02T10:00:00.000002+0000 a\n',
  );
});
