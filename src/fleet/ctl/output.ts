// Standard output and error of fleetctl. The streams are opened when first used: opening costs time.

import { isatty } from 'node:tty';
import type { Output } from './context.ts';

/** Writes to the process's streams; a reader that goes away (`| head`) ends the command quietly. */
export function processOutput(): Output {
  const interactive = isatty(2);
  let opened = false;
  let shown = false;
  const stdout = () => {
    if (!opened) process.stdout.on('error', endQuietly);
    opened = true;
    return process.stdout;
  };
  const clear = () => {
    if (shown) process.stderr.write('\r\x1b[K');
    shown = false;
  };
  return {
    interactive,
    get screen() {
      if (!isatty(1)) return undefined;
      const { rows = 24, columns = 80 } = stdout();
      return { rows, columns };
    },
    out: (text) => {
      clear();
      stdout().write(text);
    },
    err: (line) => {
      clear();
      process.stderr.write(`${line}\n`);
    },
    progress: (line) => {
      if (!interactive) return;
      clear();
      if (line === '') return;
      process.stderr.write([...line].slice(0, (process.stderr.columns ?? 80) - 1).join(''));
      shown = true;
    },
  };
}

function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}
