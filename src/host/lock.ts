// A lock that the kernel lets go of when its holder dies: a child holds flock(2) on the file and waits
// for the end of its input, which comes when we close it or die.

import { spawn } from 'node:child_process';
import { mkdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorTable } from './errors.ts';

export const lockErrors = errorTable('host.lock', {
  /** flock(1) is missing, or the file cannot be written. */
  unavailable: { exit: 69, http: 500 },
});

// A holder that is done may remove the file. Who waited on the removed one then holds nothing: `gone`.
const hold = `exec 9>>"$1" && flock 9 || exit 1
if [ "$1" -ef /proc/self/fd/9 ]; then echo held; exec cat; fi
echo gone`;

export interface Lock extends AsyncDisposable {
  /** Removes the file as well when the lock is let go. */
  readonly remove: () => Promise<void>;
}

/** Waits for the lock on `path` (made if missing) and holds it until disposed. Throws `host.lock.unavailable`. */
export async function lock(path: string, onWait?: () => void): Promise<Lock> {
  const waiting = setTimeout(() => onWait?.(), 1000);
  try {
    for (;;) {
      await mkdir(dirname(path), { recursive: true });
      const held = await tryHold(path);
      if (held !== undefined) return held;
    }
  } finally {
    clearTimeout(waiting);
  }
}

async function tryHold(path: string): Promise<Lock | undefined> {
  const child = spawn('sh', ['-c', hold, 'sh', path], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Its own session: a Ctrl-C on the terminal must not free the lock before we have finished.
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const word = await new Promise<string>((resolve) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
    child.once('error', () => resolve(''));
    child.once('close', () => resolve(''));
  });
  if (word === '') throw lockErrors.error('unavailable', `${path} could not be locked with flock.`);
  const release = async () => {
    child.stdin.end();
    await ended;
  };
  if (word !== 'held') {
    await release();
    return undefined;
  }
  return { [Symbol.asyncDispose]: release, remove: () => unlink(path) };
}
