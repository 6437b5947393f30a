// The sockets that systemd opened for this service before it started it (sd_listen_fds(3)).

/** A listening socket passed by systemd, for `server.listen({ fd })`. */
export interface ActivatedSocket {
  readonly fd: number;
  /** FileDescriptorName= of its socket unit; "unknown" when systemd gave none. */
  readonly name: string;
}

const firstFd = 3;

/**
 * Takes the sockets over: returns them and removes the variables from `env`, so that no child believes
 * they are its own. Empty when they were meant for another process, or there are none.
 */
export function takeActivatedSockets(
  env: Record<string, string | undefined> = process.env,
  pid: number = process.pid,
): readonly ActivatedSocket[] {
  const { LISTEN_PID: listenPid, LISTEN_FDS: listenFds, LISTEN_FDNAMES: listenNames } = env;
  delete env.LISTEN_PID;
  delete env.LISTEN_FDS;
  delete env.LISTEN_FDNAMES;
  if (listenPid !== String(pid) || !/^\d{1,6}$/.test(listenFds ?? '')) return [];
  const names = listenNames === undefined ? [] : listenNames.split(':');
  return Array.from({ length: Number(listenFds) }, (_, index) => ({
    fd: firstFd + index,
    name: names[index] ?? 'unknown',
  }));
}
