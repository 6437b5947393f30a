// Runs a program of the host: arguments as a list, never through a shell, always with a deadline.

import { errnoOf, errorTable } from './errors.ts';
import { keepAwake } from './keep-awake.ts';

export const runErrors = errorTable('host.run', {
  missing: { exit: 1, http: 500 },
  failed: { exit: 1, http: 500 },
  deadline: { exit: 1, http: 500 },
  signal: { exit: 1, http: 500 },
});

export interface RunOptions {
  /** The program is killed (SIGKILL) after this time. Default 60,000. */
  readonly deadlineMs?: number;
  /** Kills the program when aborted. */
  readonly signal?: AbortSignal;
  /** Written to its standard input; without it standard input is empty. */
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Output beyond this many bytes a stream is dropped. Default 8 MiB. */
  readonly maxOutputBytes?: number;
  /** Exit statuses that are no failure; `'any'` accepts all. Default `[0]`. */
  readonly accept?: readonly number[] | 'any';
  /**
   * Its output goes where our standard error goes and is not collected. What it leaves running in the
   * background may hold on to that; otherwise the end of such a program is waited for as well.
   */
  readonly passOutput?: boolean;
  /** For nsenter: see `keepAwake`. */
  readonly awake?: boolean;
  /** Called with each piece of output as it comes, besides its being collected. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', text: string) => void;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

/**
 * Runs `program` with `args` and collects what it prints.
 * Throws `host.run.missing` when there is no such program, `.failed` for a status that is not accepted
 * (with the last lines of what it said), `.deadline` and `.signal` as named.
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const deadlineMs = options.deadlineMs ?? 60_000;
  const max = options.maxOutputBytes ?? 8 * 1024 * 1024;
  const accept = options.accept ?? [0];
  return new Promise((resolve, reject) => {
    options.signal?.throwIfAborted();
    // Loaded here: every command passes through this room, few of them run a program.
    const { spawn } = process.getBuiltinModule('node:child_process');
    const output = options.passOutput === true ? 2 : 'pipe';
    const child = spawn(program, [...args], {
      stdio: [options.input === undefined ? 'ignore' : 'pipe', output, output],
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const letSleep = keepAwake(options.awake === true ? child.pid : undefined);
    let expired = false;
    const timer = setTimeout(() => {
      expired = true;
      child.kill('SIGKILL');
    }, deadlineMs);
    const onAbort = () => child.kill('SIGKILL');
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const collected = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const sizes = { stdout: 0, stderr: 0 };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.on('data', (chunk: Buffer) => {
        options.onOutput?.(name, chunk.toString('utf8'));
        const room = max - sizes[name];
        if (room <= 0) return;
        const piece = chunk.subarray(0, room);
        sizes[name] += piece.length;
        collected[name].push(piece);
      });
    }
    const settle = () => {
      letSleep();
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    };
    child.on('error', (cause) => {
      settle();
      const missing = errnoOf(cause) === 'ENOENT';
      reject(
        runErrors.error(
          missing ? 'missing' : 'failed',
          missing ? `${program} is not installed.` : `${program} could not be run: ${cause.message}.`,
          { cause },
        ),
      );
    });
    child.on('close', (code, signal) => {
      settle();
      const stdout = Buffer.concat(collected.stdout).toString('utf8');
      const stderr = Buffer.concat(collected.stderr).toString('utf8');
      if (options.signal?.aborted === true) {
        reject(options.signal.reason);
      } else if (expired) {
        reject(runErrors.error('deadline', `${program} did not end within ${deadlineMs / 1000} s.`));
      } else if (code === null) {
        reject(runErrors.error('signal', `${program} was ended by ${signal}.${lastWords(stderr)}`));
      } else if (accept !== 'any' && !accept.includes(code)) {
        reject(
          runErrors.error('failed', `${program} ended with status ${code}.${lastWords(stderr || stdout)}`),
        );
      } else {
        resolve({ stdout, stderr, status: code });
      }
    });
    // A program that ends without reading its input closes the pipe: that is its right.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);
  });
}

function lastWords(output: string): string {
  const lines = output.trim().split('\n').slice(-5).join('\n');
  return lines === '' ? '' : ` It said: ${lines}`;
}
