// One ssh that holds a connection open for other commands: in the background for the commands of the next
// seconds, or as our child, for as long as we live.

import { type ChildProcess, spawn } from 'node:child_process';
import { errnoOf } from '../host/index.ts';
import { showHost } from './address.ts';
import { sshErrors } from './errors.ts';
import { explainSsh, warningsOf } from './explain.ts';
import type { SshSettings } from './model.ts';
import { type Master, masterArguments } from './options.ts';
import { readLog } from './scratch.ts';

/**
 * Runs ssh until it ends or our end of the pipe is closed, which the kernel does too when we are killed: then
 * nothing of us stays, neither ssh nor the folder ($0). ssh has our own input (3), for answers to what it asks.
 */
const untilInputEnds = `
exec 4<&3 3<&0
ssh "$@" <&4 3<&- 4<&- &
ssh=$!
{ read -r _ <&3; rm -rf -- "$0"; kill "$ssh"; } >/dev/null 2>&1 4<&- &
watch=$!
exec 3<&- 4<&-
wait "$ssh"
status=$?
kill "$watch" 2>/dev/null
exit "$status"`;

/** The shell's status for a program that is not there. */
const notFound = 127;

export interface MasterRun {
  readonly environment: Record<string, string>;
  /** Takes what the user is to know of how the connection came about. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Connects, and leaves ssh in the background. Throws `ssh.*` when there is no connection. */
export async function startShared(master: Master, settings: SshSettings, run: MasterRun): Promise<void> {
  const child = spawn('ssh', masterArguments(master, settings), {
    stdio: ['inherit', 'ignore', 'pipe'],
    env: run.environment,
  });
  // Through us: what stays in the background must not hold on to our standard error.
  child.stderr.on('data', (text: Buffer) => process.stderr.write(text));
  const stop = () => child.kill('SIGTERM');
  run.signal?.addEventListener('abort', stop, { once: true });
  try {
    await connected(child, master, settings, run, (resolve) => {
      child.once('exit', (status) => {
        if (status === 0) resolve();
      });
    });
  } finally {
    run.signal?.removeEventListener('abort', stop);
    child.stderr.destroy();
  }
}

/**
 * Connects, and keeps ssh as our child; the result ends it. `folder` goes with us when we are killed.
 * Throws `ssh.*` when there is no connection.
 */
export async function startOwn(
  master: Master,
  settings: SshSettings,
  run: MasterRun,
  folder: string,
): Promise<() => Promise<void>> {
  const child = spawn('sh', ['-c', untilInputEnds, folder, ...masterArguments(master, settings)], {
    stdio: ['pipe', 'pipe', 'inherit', 0],
    env: run.environment,
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = () => child.stdin?.destroy();
  run.signal?.addEventListener('abort', stop, { once: true });
  const close = async () => {
    stop();
    await ended;
    run.signal?.removeEventListener('abort', stop);
  };
  try {
    await connected(child, master, settings, run, (resolve) => {
      child.stdout?.once('data', () => resolve());
    });
  } catch (error) {
    if (child.pid !== undefined) await close();
    throw error;
  }
  return close;
}

async function connected(
  child: ChildProcess,
  master: Master,
  settings: SshSettings,
  { say, signal }: MasterRun,
  onReady: (resolve: () => void) => void,
): Promise<void> {
  const log = () => readLog(master.logFile);
  const failure = (status: number | null): unknown => {
    if (status === notFound && log() === '') return noSsh();
    return signal?.aborted === true ? signal.reason : explainSsh(log(), showHost(master.host));
  };
  try {
    await new Promise<void>((resolve, reject) => {
      onReady(resolve);
      child.once('error', (cause) => {
        const missing = errnoOf(cause) === 'ENOENT';
        reject(
          missing ? noSsh() : sshErrors.error('failed', `ssh could not be run: ${cause.message}.`, { cause }),
        );
      });
      child.once('exit', (status) => reject(failure(status)));
    });
  } finally {
    if (settings.strictHostKeyChecking !== false) for (const line of warningsOf(log())) say(line);
  }
}

function noSsh(): Error {
  return sshErrors.error('failed', 'ssh is not installed (OpenSSH is needed).');
}
