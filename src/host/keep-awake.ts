// nsenter(1) stops itself when the program it started is stopped, so that a shell sees it. systemd stops every process
// for a moment when it shuts down; nsenter then sleeps for ever, nobody hears of its program's end, and the machine
// waits for that for a minute and a half.

const everyMs = 500;

/** Wakes the process again and again until the function that comes back is called. Without a number nothing is done. */
export function keepAwake(pid: number | undefined): () => void {
  if (pid === undefined) return () => {};
  const timer = setInterval(() => {
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      clearInterval(timer);
    }
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
