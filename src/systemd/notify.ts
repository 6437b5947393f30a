// Tells systemd how this service is doing (sd_notify(3)), through systemd-notify: Node has no unix
// datagram socket. The unit needs NotifyAccess=all.

import { run } from '../host/index.ts';

export interface Notifier {
  /** Whether anyone listens; the other methods do nothing when not. */
  readonly wanted: boolean;
  /** Start-up or a reload is complete. */
  ready(status?: string): Promise<void>;
  /** A reload begins; `ready` ends it. */
  reloading(): Promise<void>;
  stopping(status?: string): Promise<void>;
  /** Still at work, for who set WatchdogSec=. */
  alive(): Promise<void>;
  /** One line for `systemctl status`. */
  status(text: string): Promise<void>;
}

/** Notifies the socket that `env` names. Its methods throw as `run` of host does. */
export function notifier(env: Readonly<Record<string, string | undefined>> = process.env): Notifier {
  const socket = env.NOTIFY_SOCKET;
  const wanted = socket !== undefined && socket !== '';
  const send = async (assignments: readonly string[], status?: string) => {
    if (!wanted) return;
    const all = status === undefined ? assignments : [...assignments, `STATUS=${oneLine(status)}`];
    await run('systemd-notify', all, {
      deadlineMs: 10_000,
      env: { PATH: env.PATH ?? '/usr/bin:/bin', NOTIFY_SOCKET: socket },
    });
  };
  return {
    wanted,
    ready: (status) => send(['READY=1'], status),
    // Type=notify-reload wants to know when, on the clock that Node's hrtime reads too.
    reloading: () => send(['RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`]),
    stopping: (status) => send(['STOPPING=1'], status),
    alive: () => send(['WATCHDOG=1']),
    status: (text) => send([], text),
  };
}

/** A line break would begin another assignment. */
function oneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ');
}
