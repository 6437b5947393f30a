// A body read in the lengths that are wanted.

import type { Answer } from './http-get.ts';

/** Reads on from one place of a file to its end. */
export class Cursor {
  readonly #pieces: AsyncGenerator<Buffer, void, undefined>;
  /** Gives up the rest. */
  readonly close: () => void;
  readonly #isComplete: () => boolean;
  #left: Buffer = Buffer.alloc(0);
  position: number;

  constructor({ body, close, isComplete }: Pick<Answer, 'body' | 'close' | 'isComplete'>, position: number) {
    this.#pieces = body;
    this.close = close;
    this.#isComplete = isComplete;
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

  /** Takes note of the end when all is here: the connection of a body that was left open cannot be used again. */
  async finish(): Promise<void> {
    if (this.#left.length === 0 && this.#isComplete()) await this.#pieces.next();
  }

  /** Passes over what lies before `position`; false when the body ends before. */
  async skipTo(position: number): Promise<boolean> {
    while (this.position < position) {
      if ((await this.read(position - this.position)) === undefined) return false;
    }
    return true;
  }
}
