// Runs a program on the user's terminal in our place.

import { keepAwake } from './keep-awake.ts';

/** Runs it with our standard streams; the answer is its exit status, 128 + N when signal N ended it. */
export async function foreground(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<number> {
  const [program = '', ...args] = argv;
  // Loaded here: every command passes through this room, few of them run a program.
  const { spawn } = process.getBuiltinModule('node:child_process');
  const { constants } = process.getBuiltinModule('node:os');
  // A Ctrl-C is for the program; we stay to hand on how it ended.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  process.on('SIGQUIT', ignore);
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(program, args, { stdio: 'inherit', env: { ...env } });
      // At a terminal a person may stop it, and wakes it himself.
      const letSleep = keepAwake(process.stdin.isTTY ? undefined : child.pid);
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        letSleep();
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    process.off('SIGINT', ignore);
    process.off('SIGQUIT', ignore);
  }
}
