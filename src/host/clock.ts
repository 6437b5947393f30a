// Time and chance. Whatever waits is given a clock, so that a simulation can pass its own.

/** A clock that nobody sets: monotonic, never the time of day, which may jump. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** Calls back once after so many milliseconds; the function that is returned cancels it. */
  after(ms: number, callback: () => void): () => void;
  /** In [0, 1), for jitter; `Math.random` without it. */
  readonly random?: () => number;
}

// setTimeout fires at once when asked for more than this.
const longestTimerMs = 2 ** 31 - 1;

/** The machine's own clock, `performance.now()`. Its timers do not keep the process running. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, ms), longestTimerMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Waits so many milliseconds of the clock, or until the signal aborts; never rejects. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** Milliseconds since some moment: as performance.now(), which is in a part of Node that takes long to load. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
