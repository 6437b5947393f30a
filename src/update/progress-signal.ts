// Which progress is worth a signal: a watcher wants to see it move, the bus is not to be flooded.

const step = 0.01;
const longestMs = 10_000;

export interface Told {
  readonly progress: number;
  readonly atMs: number;
}

/** Whether this progress is told: every hundredth, every 10 seconds, and when it begins anew. */
export function isWorthTelling(last: Told | undefined, progress: number, nowMs: number): boolean {
  if (last === undefined || progress < last.progress) return true;
  // Sums of hundredths come out a little short.
  return progress - last.progress >= step - 1e-9 || nowMs - last.atMs >= longestMs;
}
