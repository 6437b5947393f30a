// A private folder for the sockets and logs of one run, gone when the run ends, however it ends.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Scratch extends Disposable {
  readonly directory: string;
}

/** Makes the folder, mode 0700. Its name is short: a socket's path has room for 107 bytes. */
export function makeScratch(): Scratch {
  const base = tmpdir();
  const directory = mkdtempSync(join(base.length > 60 ? '/tmp' : base, 'fleetctl-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    directory,
    [Symbol.dispose]: () => {
      process.removeListener('exit', remove);
      remove();
    },
  };
}

/** A log from that byte on; empty while there is none. */
export function readLog(path: string, from = 0): string {
  try {
    return readFileSync(path).subarray(from).toString('utf8');
  } catch {
    return '';
  }
}
