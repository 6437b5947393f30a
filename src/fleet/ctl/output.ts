// Standard output and error of fleetctl.

import type { Output } from './context.ts';

/** Writes to the process's streams; a reader that goes away (`| head`) ends the command quietly. */
export function processOutput(): Output {
  const { stdout, stderr } = process;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  let shown = false;
  const clear = () => {
    if (shown) stderr.write('\r\x1b[K');
    shown = false;
  };
  return {
    interactive: stderr.isTTY === true,
    out: (text) => {
      clear();
      stdout.write(text);
    },
    err: (line) => {
      clear();
      stderr.write(`${line}\n`);
    },
    progress: (line) => {
      if (stderr.isTTY !== true) return;
      clear();
      if (line === '') return;
      stderr.write([...line].slice(0, (stderr.columns ?? 80) - 1).join(''));
      shown = true;
    },
  };
}
