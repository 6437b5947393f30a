// A private folder for the sockets and logs of one run, gone when the run ends, however it ends.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Scratch extends Disposable {
  readonly directory: string;
  readonly logFile: string;
  /** What ssh has written to the log so far. */
  log(): string;
}

/** Makes the folder, mode 0700. Its name is short: a socket's path has room for 107 bytes. */
export function makeScratch(): Scratch {
  const base = tmpdir();
  const directory = mkdtempSync(join(base.length > 60 ? '/tmp' : base, 'fleetctl-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove);
  const logFile = join(directory, 'log');
  return {
    directory,
    logFile,
    log: () => {
      try {
        return readFileSync(logFile, 'utf8');
      } catch {
        return '';
      }
    },
    [Symbol.dispose]: () => {
      process.removeListener('exit', remove);
      remove();
    },
  };
}
