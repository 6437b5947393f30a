// Chance that can be had again: the same seed, the same choices.

export interface Chance {
  /** From 0 up to, not including, 1. */
  fraction(): number;
  /** A whole number of the range, both ends included. */
  between(low: number, high: number): number;
  pick<T>(from: readonly [T, ...T[]] | readonly T[]): T;
  /** Up to `count` different ones. */
  some<T>(from: readonly T[], count: number): T[];
  /** A source of its own, so that what one part draws does not shift what another one gets. */
  fork(name: string): Chance;
}

/** Mulberry32 over a hash of the seed. */
export function chance(seed: string): Chance {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  const fraction = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number) => low + Math.floor(fraction() * (high - low + 1));
  const some = <T>(from: readonly T[], count: number): T[] => {
    const rest = [...from];
    const taken: T[] = [];
    while (taken.length < count && rest.length > 0)
      taken.push(...rest.splice(between(0, rest.length - 1), 1));
    return taken;
  };
  return {
    fraction,
    between,
    some,
    pick: (from) => {
      const [one] = some(from, 1);
      if (one === undefined) throw new Error('Nothing to pick from.');
      return one;
    },
    fork: (name) => chance(`${seed}/${name}`),
  };
}
