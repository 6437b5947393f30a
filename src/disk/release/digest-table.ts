// Where each chunk of an index is, in arrays of numbers: an object for each of them would cost more than all the rest.
// Pure.

import type { ChunkIndex } from './chunk-index.ts';
import type { Place } from './difference.ts';

/** Finds the chunks of an index by their digests, and keeps where they are. */
export class DigestTable {
  readonly #index: ChunkIndex;
  /** Chunk numbers plus 1 at the places that their digests name, or behind them; 0 for none. */
  readonly #slots: Int32Array;
  /** For a chunk whose content an earlier one has: that one. */
  readonly #first: Int32Array;
  /** -1 for nowhere. */
  readonly #source: Int16Array;
  readonly #offset: Float64Array;
  /** Different chunks that are somewhere. */
  found = 0;

  constructor(index: ChunkIndex) {
    const { count } = index;
    this.#index = index;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * count + 2)));
    this.#first = new Int32Array(count);
    this.#source = new Int16Array(count).fill(-1);
    this.#offset = new Float64Array(count);
    for (let chunk = 0; chunk < count; chunk++) {
      const slot = this.#slotOf(index.digest(chunk));
      if (this.#slots[slot] === 0) this.#slots[slot] = chunk + 1;
      this.#first[chunk] = (this.#slots[slot] ?? 0) - 1;
    }
  }

  /** A source has a chunk of that digest there; the first place counts. */
  note(digest: Buffer, source: number, offset: number): void {
    const chunk = (this.#slots[this.#slotOf(digest)] ?? 0) - 1;
    if (chunk < 0 || this.#source[chunk] !== -1) return;
    this.#source[chunk] = source;
    this.#offset[chunk] = offset;
    this.found += 1;
  }

  /** Where that chunk is, whole. */
  place(chunk: number): Place | undefined {
    const first = this.#first[chunk] ?? chunk;
    const source = this.#source[first] ?? -1;
    return source < 0 ? undefined : { source, offset: this.#offset[first] ?? 0 };
  }

  /** The slot that has that digest, or the free one where it would be. */
  #slotOf(digest: Buffer): number {
    const mask = this.#slots.length - 1;
    for (let slot = digest.readUInt32LE(0) & mask; ; slot = (slot + 1) & mask) {
      const chunk = (this.#slots[slot] ?? 0) - 1;
      if (chunk < 0 || this.#index.digest(chunk).equals(digest)) return slot;
    }
  }
}
