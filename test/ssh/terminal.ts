// A terminal of the test's own, with somebody at it who waits for what he sees before he types on.

import { createRequire } from 'node:module';

interface Pty {
  readonly pid: number;
  onData(listener: (piece: string) => void): void;
  onExit(listener: (end: { exitCode: number; signal?: number }) => void): void;
  write(data: string): void;
  resize(columns: number, rows: number): void;
  kill(signal: string): void;
}
interface PtyOptions {
  readonly cols: number;
  readonly rows: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}
type Spawn = (program: string, args: readonly string[], options: PtyOptions) => Pty;
// Its types are declared under the name that it has in the registry.
const { spawn }: { readonly spawn: Spawn } = createRequire(import.meta.url)('node-pty');

export function terminal(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd = '/',
) {
  const pty = spawn(program, args, { cols: 80, rows: 24, env, cwd });
  let shown = '';
  let seen = 0;
  let look = () => {};
  pty.onData((piece) => {
    shown += piece;
    look();
  });
  const ended = new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)));
  return {
    pid: pty.pid,
    ended,
    type: (text: string) => pty.write(text),
    resize: (columns: number, rows: number) => pty.resize(columns, rows),
    /** All that was shown so far. */
    shown: () => shown,
    /** Waits until that is shown, after all that was waited for before. */
    until: (pattern: RegExp, timeoutMs = 60_000): Promise<RegExpExecArray> =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`Waited for ${pattern} in vain:\n${shown.slice(seen)}`)),
          timeoutMs,
        );
        look = () => {
          const match = pattern.exec(shown.slice(seen));
          if (match === null) return;
          seen += match.index + match[0].length;
          look = () => {};
          clearTimeout(timer);
          resolve(match);
        };
        look();
      }),
    [Symbol.dispose]: () => pty.kill('SIGKILL'),
  };
}
