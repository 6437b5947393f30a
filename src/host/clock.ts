// The clock that nobody sets.

/** Milliseconds since some moment: as performance.now(), which is in a part of Node that takes long to load. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
