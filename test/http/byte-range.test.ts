// Which bytes a Range header asks for, and when a part may be served at all.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUnchanged, mayResume, selectRange } from '../../src/http/byte-range.ts';

const ranges: readonly (readonly [header: string | undefined, size: number, expected: string])[] = [
  [undefined, 10, 'whole'],
  ['', 10, 'whole'],
  ['bytes=0-9', 10, '0-9'],
  ['bytes=0-0', 10, '0-0'],
  ['bytes=9-9', 10, '9-9'],
  ['bytes=2-5', 10, '2-5'],
  ['bytes=5-', 10, '5-9'],
  ['bytes=0-', 10, '0-9'],
  ['bytes=-3', 10, '7-9'],
  ['bytes=-30', 10, '0-9'],
  ['bytes=5-100', 10, '5-9'],
  ['BYTES=2-5', 10, '2-5'],
  [' bytes = 2 - 5 ', 10, '2-5'],
  ['bytes=10-', 10, 'unsatisfiable'],
  ['bytes=10-20', 10, 'unsatisfiable'],
  ['bytes=-0', 10, 'unsatisfiable'],
  ['bytes=0-', 0, 'unsatisfiable'],
  ['bytes=0-0', 0, 'unsatisfiable'],
  ['bytes=-1', 0, 'unsatisfiable'],
  ['bytes=5-2', 10, 'whole'],
  ['bytes=-', 10, 'whole'],
  ['bytes=', 10, 'whole'],
  ['bytes=a-b', 10, 'whole'],
  ['bytes=1-2,4-5', 10, 'whole'],
  ['lines=1-2', 10, 'whole'],
  ['bytes=1.5-2', 10, 'whole'],
  ['bytes=99999999999999999999-', 10, 'unsatisfiable'],
  ['bytes=4294967296-4294967299', 5_000_000_000, '4294967296-4294967299'],
];
for (const [header, size, expected] of ranges) {
  test(`Range ${header} of ${size} bytes → ${expected}`, () => {
    const found = selectRange(header, size);
    assert.equal(found.kind === 'part' ? `${found.start}-${found.end}` : found.kind, expected);
  });
}

const state = { etag: '"x"', modifiedMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678) };
const date = 'Fri, 02 Jan 2026 03:04:05 GMT';

for (const [header, expected] of [
  [undefined, true],
  ['"x"', true],
  [' "x" ', true],
  ['"y"', false],
  ['W/"x"', false],
  [date, true],
  ['Fri, 02 Jan 2026 03:04:06 GMT', false],
  ['x', false],
] as const) {
  test(`If-Range ${header} → ${expected}`, () => assert.equal(mayResume(header, state), expected));
}

for (const [tags, since, expected] of [
  [undefined, undefined, false],
  ['"x"', undefined, true],
  ['"y", W/"x"', undefined, true],
  ['*', undefined, true],
  ['"y"', undefined, false],
  ['"y"', date, false],
  [undefined, date, true],
  [undefined, 'Fri, 02 Jan 2026 03:04:04 GMT', false],
  [undefined, 'soon', false],
] as const) {
  test(`If-None-Match ${tags}, If-Modified-Since ${since} → ${expected}`, () => {
    assert.equal(isUnchanged(tags, since, state), expected);
  });
}
