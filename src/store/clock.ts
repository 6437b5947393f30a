// The clock of a store: monotonic, never the time of day, which may jump. Tests and the simulator pass their own.

export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** Calls back once after so many milliseconds; the function that is returned cancels it. */
  after(ms: number, callback: () => void): () => void;
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
