// A body read in the lengths that are wanted.

/** Reads on from one place of a file to its end. */
export class Cursor {
  readonly #pieces: AsyncGenerator<Buffer, void, undefined>;
  /** Gives up the rest. */
  readonly close: () => void;
  #left: Buffer = Buffer.alloc(0);
  position: number;

  constructor(pieces: AsyncGenerator<Buffer, void, undefined>, position: number, close: () => void) {
    this.#pieces = pieces;
    this.close = close;
    this.position = position;
  }

  /** The next bytes, up to so many; undefined at the end. Throws what the body throws. */
  async read(max: number): Promise<Buffer | undefined> {
    while (this.#left.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done === true) return undefined;
      this.#left = value;
    }
    const bytes = this.#left.subarray(0, max);
    this.#left = this.#left.subarray(bytes.length);
    this.position += bytes.length;
    return bytes;
  }

  /** Passes over what lies before `position`; false when the body ends before. */
  async skipTo(position: number): Promise<boolean> {
    while (this.position < position) {
      if ((await this.read(position - this.position)) === undefined) return false;
    }
    return true;
  }
}
