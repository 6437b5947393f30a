import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RangeIndex } from '../../src/store/embedded/range-index.ts';

const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'ä', '𝄞', '\uffff'), maxLength: 3 });

/** As the store compares keys: byte by byte. */
const holds = (range: { from: string; to: string }, wanted: string) =>
  Buffer.compare(Buffer.from(range.from), Buffer.from(wanted)) <= 0 &&
  Buffer.compare(Buffer.from(wanted), Buffer.from(range.to)) < 0;

test('it finds just the items whose ranges hold a key, whatever was added and deleted', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ from: key, to: key, stays: fc.boolean() }), { maxLength: 20 }),
      fc.array(key, { minLength: 1, maxLength: 10 }),
      (ranges, wanted) => {
        const index = new RangeIndex<number>();
        ranges.forEach((range, item) => {
          index.add(range, item);
        });
        ranges.forEach((range, item) => {
          if (!range.stays) index.delete(range, item);
        });
        const kept = ranges.flatMap((range, item) => (range.stays ? [item] : []));
        assert.equal(index.size, kept.length);
        assert.deepEqual([...index].sort(), [...kept].sort());
        for (const each of wanted) {
          const expected = kept.filter((item) => holds(ranges[item] ?? { from: '', to: '' }, each));
          assert.deepEqual([...index.over(each)].sort(), expected.sort());
        }
      },
    ),
  );
});
