// Units that must not run twice (WhenCutOff=stop): stopped by this machine's own clock, before others may have
// them.
//
// The guarantee: the engine starts such a unit elsewhere no sooner than `stopWithinMs` after the store has let
// our lease run out. A lease runs out no sooner than its time after the last keep-alive that was sent and
// confirmed, which is what `safeUntilMs` counts. From there on we stop at 15 % and kill at 70 % of
// `stopWithinMs`, so that it holds as long as clocks run alike within a tenth, SIGKILL ends the unit in 30 % of
// that time, and fleetd gets to run: for one that is frozen, or killed for good, nobody stops the unit.

import type { Clock } from '../../host/index.ts';

export type FenceVerdict = 'open' | 'stop' | 'kill';

export interface FenceFacts {
  readonly nowMs: number;
  readonly safeUntilMs: number;
  readonly stopWithinMs: number;
}

/** What is to be done with a unit now, and when to ask again; undefined: there is nothing more to come. */
export function judgeFence({ nowMs, safeUntilMs, stopWithinMs }: FenceFacts): {
  readonly verdict: FenceVerdict;
  readonly againAtMs: number | undefined;
} {
  const stopAtMs = safeUntilMs + 0.15 * stopWithinMs;
  const killAtMs = safeUntilMs + 0.7 * stopWithinMs;
  if (nowMs < stopAtMs) return { verdict: 'open', againAtMs: stopAtMs };
  if (nowMs < killAtMs) return { verdict: 'stop', againAtMs: killAtMs };
  return { verdict: 'kill', againAtMs: undefined };
}

export interface FenceOptions {
  readonly clock: Clock;
  /** Until when the store is sure to keep our lease. */
  readonly safeUntilMs: () => number;
  /** The units in question, each with how long after our lease it is waited for. */
  readonly units: () => Iterable<readonly [name: string, stopWithinMs: number]>;
  /** The fence of a unit closed or opened. */
  readonly onChange: (name: string) => void;
  readonly kill: (name: string) => void;
  readonly signal: AbortSignal;
}

export class Fence {
  readonly #options: FenceOptions;
  readonly #closed = new Map<string, Exclude<FenceVerdict, 'open'>>();
  #cancelTimer: () => void = () => {};

  constructor(options: FenceOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => this.#cancelTimer(), { once: true });
  }

  /** Whether the unit must not run here now. */
  isClosed(name: string): boolean {
    return this.#closed.has(name);
  }

  /** Judges all units anew; to be called when there are others, or the lease is another. */
  look(): void {
    const { clock, safeUntilMs, units, onChange, kill, signal } = this.#options;
    this.#cancelTimer();
    if (signal.aborted) return;
    const nowMs = clock.now();
    let nextMs: number | undefined;
    const names = new Set<string>();
    for (const [name, stopWithinMs] of units()) {
      names.add(name);
      const { verdict, againAtMs } = judgeFence({ nowMs, safeUntilMs: safeUntilMs(), stopWithinMs });
      // Often enough that a lease that somebody revoked, before its time, leaves enough of ours.
      const soonMs = nowMs + stopWithinMs / 10;
      nextMs = Math.min(nextMs ?? soonMs, againAtMs ?? soonMs, soonMs);
      const before = this.#closed.get(name);
      if (verdict === 'open') {
        if (this.#closed.delete(name)) onChange(name);
        continue;
      }
      this.#closed.set(name, verdict);
      if (before === undefined) onChange(name);
      // Again and again: what was being started may have come up since.
      if (verdict === 'kill') kill(name);
    }
    for (const name of this.#closed.keys()) if (!names.has(name)) this.#closed.delete(name);
    if (nextMs !== undefined) this.#cancelTimer = clock.after(Math.max(1, nextMs - nowMs), () => this.look());
  }
}
