// Which of many ranges hold a key, without asking each: thousands of agents watch a range of their own.

import type { KeyRange } from '../model.ts';

interface Entry<Item> {
  readonly from: Buffer;
  readonly to: Buffer;
  readonly items: Set<Item>;
}

export class RangeIndex<Item> {
  /** Different ranges, by where they begin. */
  readonly #entries: Entry<Item>[] = [];
  /** For each place the furthest end of the ranges up to it; undefined: to be made anew. */
  #furthest: Buffer[] | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(range: KeyRange, item: Item): void {
    const from = Buffer.from(range.from);
    const to = Buffer.from(range.to);
    const index = this.#place(from, to);
    const found = this.#entries[index];
    if (found?.from.equals(from) === true && found.to.equals(to)) found.items.add(item);
    else {
      this.#entries.splice(index, 0, { from, to, items: new Set([item]) });
      this.#furthest = undefined;
    }
    this.#size++;
  }

  delete(range: KeyRange, item: Item): void {
    const index = this.#place(Buffer.from(range.from), Buffer.from(range.to));
    const found = this.#entries[index];
    if (found?.items.delete(item) !== true) return;
    this.#size--;
    if (found.items.size > 0) return;
    this.#entries.splice(index, 1);
    this.#furthest = undefined;
  }

  /** All items whose range holds this key. */
  *over(key: string): Generator<Item> {
    const bytes = Buffer.from(key);
    const furthest = this.#ends();
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Buffer.compare(this.#entries[middle]?.from ?? bytes, bytes) <= 0) low = middle + 1;
      else high = middle;
    }
    for (let index = low - 1; index >= 0; index--) {
      const entry = this.#entries[index];
      const end = furthest[index];
      if (entry === undefined || end === undefined || Buffer.compare(end, bytes) <= 0) return;
      if (Buffer.compare(entry.to, bytes) > 0) yield* entry.items;
    }
  }

  *[Symbol.iterator](): Generator<Item> {
    for (const { items } of this.#entries) yield* items;
  }

  /** Where this range is, or would have to be put. */
  #place(from: Buffer, to: Buffer): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.#entries[middle];
      const order = entry && (Buffer.compare(entry.from, from) || Buffer.compare(entry.to, to));
      if (order !== undefined && order < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #ends(): Buffer[] {
    if (this.#furthest !== undefined) return this.#furthest;
    let furthest: Buffer | undefined;
    this.#furthest = this.#entries.map(({ to }) => {
      if (furthest === undefined || Buffer.compare(to, furthest) > 0) furthest = to;
      return furthest;
    });
    return this.#furthest;
  }
}
