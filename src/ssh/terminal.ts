// A program at the terminal of the person who sits here: it gets a terminal of its own (node-pty), and ours
// only carries keys, output and the window's size. So ours is never left in a state that the program made.

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { sshErrors } from './errors.ts';

/** What we use of node-pty, whose own types go by the name that it has in the registry. */
interface Pty {
  onData(listener: (piece: Uint8Array) => void): void;
  onExit(listener: (end: { exitCode: number; signal?: number }) => void): void;
  write(data: Uint8Array): void;
  resize(columns: number, rows: number): void;
  pause(): void;
  resume(): void;
  kill(signal: string): void;
}
interface PtyOptions {
  readonly name: string;
  readonly cols: number;
  readonly rows: number;
  readonly env: Readonly<Record<string, string>>;
  readonly encoding: null;
}
type Spawn = (program: string, args: readonly string[], options: PtyOptions) => Pty;

/**
 * Makes the terminal (3) raw, altogether, as setRawMode() does not; and sets it back when our end of the pipe is
 * closed, which the kernel does too when we are killed. By then a shell may have the terminal: it must not be
 * stopped for touching it.
 */
const guard = `
trap '' HUP INT QUIT TSTP TTOU TTIN
saved=$(stty -g <&3) && stty raw -echo <&3 || exit 1
echo ready
read -r _
stty "$saved" <&3
printf '%s' "$0" >&3`;

/**
 * Runs the program until it ends and returns its exit status; 128 and the signal's number when it was killed.
 * Standard input and output must be a terminal.
 */
export async function runInTerminal(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<number> {
  signal?.throwIfAborted();
  const { stdin, stdout } = process;
  const pty = openPty(program, args, {
    name: env.TERM ?? 'xterm-256color',
    cols: stdout.columns || 80,
    rows: stdout.rows || 24,
    env,
    encoding: null,
  });
  const restore = await rawTerminal();
  const fit = () => pty.resize(stdout.columns || 80, stdout.rows || 24);
  const typed = (piece: Buffer) => pty.write(piece);
  const drained = () => pty.resume();
  const hangUp = () => pty.kill('SIGHUP');
  const { promise: ended, resolve } = Promise.withResolvers<number>();
  pty.onData((piece) => {
    if (!stdout.write(piece)) pty.pause();
  });
  pty.onExit(({ exitCode, signal: killedBy }) => resolve(killedBy ? 128 + killedBy : exitCode));
  stdin.on('data', typed);
  // Our own terminal hung up: so does the program's.
  stdin.once('end', hangUp);
  stdout.on('resize', fit);
  stdout.on('drain', drained);
  signal?.addEventListener('abort', hangUp, { once: true });
  try {
    // It may have been resized since the size was taken.
    fit();
    return await ended;
  } finally {
    signal?.removeEventListener('abort', hangUp);
    stdin.off('data', typed);
    stdin.off('end', hangUp);
    stdout.off('resize', fit);
    stdout.off('drain', drained);
    stdin.pause();
    await restore();
  }
}

function openPty(program: string, args: readonly string[], options: PtyOptions): Pty {
  try {
    // A native module that is shipped beside the bundle.
    const { spawn: open }: { readonly spawn: Spawn } = createRequire(import.meta.url)('node-pty');
    return open(program, args, options);
  } catch (cause) {
    throw sshErrors.error('terminal', 'No terminal could be opened for the shell.', {
      cause,
      hint: 'With standard output redirected (| cat) it goes without one.',
    });
  }
}

/**
 * Makes our terminal raw; the result sets it back and says `farewell` there, and so does our end, however we end.
 * Standard input must be a terminal.
 */
export async function rawTerminal(farewell = ''): Promise<() => Promise<void>> {
  const child = spawn('sh', ['-c', guard, farewell], { stdio: ['pipe', 'pipe', 'ignore', 0] });
  const ready = Promise.withResolvers<void>();
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdout?.once('data', () => ready.resolve());
  child.once('error', ready.reject);
  await Promise.race([ready.promise, ended]);
  return () => {
    child.stdin?.destroy();
    return ended;
  };
}
