// Ranges of keys.

import type { KeyRange } from './model.ts';

/** All keys that begin with `prefix` (which must not be empty). */
export function prefixRange(prefix: string): KeyRange {
  const bytes = Buffer.from(prefix, 'utf8');
  const last = bytes.at(-1);
  // A valid UTF-8 string never ends in 0xff, so its last byte can always be counted up; the result is
  // only compared byte by byte. ASCII stays ASCII, which is all our keys are.
  if (last === undefined || last >= 0x7f)
    throw new RangeError(`Not a key prefix: ${JSON.stringify(prefix)}.`);
  return { from: prefix, to: prefix.slice(0, -1) + String.fromCharCode(last + 1) };
}

/** Whether a key lies in a range. */
export function inRange(key: string, range: KeyRange): boolean {
  return (
    Buffer.compare(Buffer.from(key), Buffer.from(range.from)) >= 0 &&
    Buffer.compare(Buffer.from(key), Buffer.from(range.to)) < 0
  );
}
