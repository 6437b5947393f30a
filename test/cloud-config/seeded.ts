// Random choices that are the same on every run: a failing case can be named by its number.

export interface Choices {
  /** A whole number from 0 up to but not including `below`. */
  number(below: number): number;
  pick<Value>(from: readonly Value[]): Value;
}

/** Choices that a seed decides (mulberry32). */
export function choices(seed: number): Choices {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const number = (below: number) => next() % below;
  return {
    number,
    pick: (from) => {
      const value = from[number(from.length)];
      if (value === undefined) throw new Error('There is nothing to pick from.');
      return value;
    },
  };
}
