// The mirrors of a release: which one is asked now, and how often it may fail before the next one is.

import { type Clock, retryPause } from '../../host/index.ts';
import { payloadCodeOf, payloadErrors } from './errors.ts';

/** A mirror, and what was learnt of it. */
export interface Mirror {
  /** Ends in a slash. */
  readonly base: string;
  /** Whether it sends ranges; undefined until it was asked. */
  ranges: boolean | undefined;
}

export interface MirrorsOptions {
  /** In the order in which they are tried. */
  readonly codebases: readonly string[];
  readonly clock: Clock;
  /** Failures in a row, without a byte between them, after which the next mirror is asked. Default 10. */
  readonly failures?: number;
  /** The first pause after a failure; it doubles up to 32 times that. Default 500 ms. */
  readonly pauseMs?: number;
  readonly signal?: AbortSignal;
}

export class Mirrors {
  readonly #options: MirrorsOptions;
  readonly #left: Mirror[];
  #failures = 0;

  constructor(options: MirrorsOptions) {
    this.#options = options;
    this.#left = options.codebases.map((base) => ({ base: withSlash(base), ranges: undefined }));
  }

  get current(): Mirror {
    const [mirror] = this.#left;
    if (mirror === undefined)
      throw payloadErrors.error('transfer', 'There is no server to fetch the update from.');
    return mirror;
  }

  /** Bytes came: what failed before is forgotten. */
  progressed(): void {
    this.#failures = 0;
  }

  /** After a failure of `mirror`: waits, or goes on to the next mirror. Throws `error` when there is none. */
  async failed(mirror: Mirror, error: unknown): Promise<void> {
    const { clock, failures = 10, pauseMs = 500, signal } = this.#options;
    signal?.throwIfAborted();
    if (!payloadErrors.is(error)) throw error;
    // Several requests may have been on their way to it.
    if (mirror !== this.#left[0]) return;
    this.#failures += 1;
    const lasting = !payloadErrors.is(error, 'transfer') && !isPassing(payloadCodeOf(error) - 2000);
    if (lasting || this.#failures >= failures) return this.drop(mirror, error);
    await retryPause(clock, this.#failures - 1, { firstMs: pauseMs, maxMs: 32 * pauseMs }, signal);
    signal?.throwIfAborted();
  }

  /** What came from `mirror` is wrong: the next one is asked from now on. Throws `error` when there is none. */
  drop(mirror: Mirror, error: unknown): void {
    if (mirror !== this.#left[0]) return;
    if (this.#left.length === 1) throw error;
    this.#left.shift();
    this.#failures = 0;
  }
}

/** Whether an HTTP status may be another one a moment later. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status < 600);
}

function withSlash(base: string): string {
  return base.endsWith('/') ? base : `${base}/`;
}
