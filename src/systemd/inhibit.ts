// An inhibitor lock of logind, held by a systemd-inhibit child: the lock is a file descriptor, which our
// D-Bus connection cannot receive. The child ends with us, and the lock with the child.

import { spawn } from 'node:child_process';
import { systemdErrors } from './errors.ts';

export interface InhibitOptions {
  /** What is held up: shutdown, sleep, idle, handle-power-key, … */
  readonly what: readonly string[];
  readonly who: string;
  readonly why: string;
  /** "delay" holds it up for a moment (InhibitDelayMaxSec=), "block" until released. */
  readonly mode: 'delay' | 'block';
}

export interface InhibitorLock extends AsyncDisposable {
  /** Fulfils when the lock is gone, released or not. */
  readonly released: Promise<void>;
}

/** Takes the lock; fulfils when it is held. Throws `systemd.refused` when logind does not give it. */
export function inhibit(options: InhibitOptions): Promise<InhibitorLock> {
  const { what, who, why, mode } = options;
  const child = spawn(
    'systemd-inhibit',
    [`--what=${what.join(':')}`, `--who=${who}`, `--why=${why}`, `--mode=${mode}`, 'cat'],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-1000);
  });
  child.stdin.on('error', () => {});
  return new Promise((resolve, reject) => {
    const released = new Promise<void>((ended) => {
      child.once('close', () => {
        ended();
        reject(
          systemdErrors.error(
            'refused',
            `logind does not let ${who} hold up ${what.join(', ')}: ${complaint.trim()}`,
          ),
        );
      });
    });
    child.once('error', (cause) => {
      reject(systemdErrors.error('unavailable', 'systemd-inhibit could not be run.', { cause }));
    });
    // cat runs only once the lock is held; so its echo is the news of that.
    child.stdout.once('data', () => {
      resolve({
        released,
        [Symbol.asyncDispose]: async () => {
          child.stdin.end();
          await released;
        },
      });
    });
    child.stdin.write('held\n');
  });
}
