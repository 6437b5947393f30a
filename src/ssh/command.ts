// A command or a login shell on another host: with our own input, output and terminal, or line by line.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { errnoOf } from '../host/index.ts';
import { showHost } from './address.ts';
import type { Connections } from './connections.ts';
import { sshErrors } from './errors.ts';
import { explainSsh } from './explain.ts';
import type { SshHost } from './model.ts';
import { commandArguments } from './options.ts';
import { readLog } from './scratch.ts';

export interface RemoteRun {
  readonly host: SshHost;
  /** What the remote shell reads; without it a login shell is opened. */
  readonly command?: string;
  readonly forwardAgent?: boolean;
  /** Whether our standard input is the command's too; without it, it gets none and no terminal. */
  readonly input: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Runs it and returns its exit status. A terminal is asked for when standard input is one.
 * Throws `ssh.*` when there is no connection.
 */
export async function runRemote(remote: RemoteRun, connections: Connections): Promise<number> {
  const terminal = remote.input && process.stdin.isTTY === true;
  const { args, log } = await prepare(remote, terminal, connections);
  const env = connections.environment();
  const status =
    terminal && process.stdout.isTTY === true
      ? await (await import('./terminal.ts')).runInTerminal('ssh', args, env, remote.signal)
      : await spawnAttached('ssh', args, remote.input, remote.signal, env);
  // 255 is ssh's own failure, unless the remote command happened to end so: then ssh has nothing to say.
  if (status === 255 && log().trim() !== '') throw explainSsh(log(), showHost(remote.host));
  return status;
}

/**
 * What the command prints there, line by line, until it ends or the signal aborts. Throws `ssh.*` when there
 * is no connection, and `ssh.status` when the command fails.
 */
export async function* remoteLines(
  host: SshHost,
  command: string,
  connections: Connections,
  signal?: AbortSignal,
): AsyncGenerator<string, void> {
  const remote = { host, command, input: false, ...(signal === undefined ? {} : { signal }) };
  const { args, log } = await prepare(remote, false, connections);
  try {
    yield* programLines('ssh', args, signal, connections.environment());
  } catch (error) {
    if (sshErrors.is(error, 'status') && log().trim() !== '') throw explainSsh(log(), showHost(host));
    throw error;
  }
}

async function prepare(remote: RemoteRun, terminal: boolean, connections: Connections) {
  const { signal } = remote;
  const link = await connections.link(remote.host, { signal, forwardAgent: remote.forwardAgent === true });
  const logFile = join(connections.scratch(), `run-${runs++}.log`);
  const args = commandArguments({ ...remote, terminal }, link, link.way, connections.settings, logFile);
  return { args, log: () => readLog(logFile) };
}

let runs = 0;

/** Lines of a program's output; throws `ssh.status`, with what it complained of, when it fails. */
export async function* programLines(
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
  env?: Readonly<Record<string, string>>,
): AsyncGenerator<string, void> {
  const aborted = () => signal?.aborted === true;
  if (aborted()) return;
  const child = spawn(program, [...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(env === undefined ? {} : { env }),
  });
  const ended = Promise.withResolvers<number>();
  ended.promise.catch(() => {});
  child.once('error', (cause) => ended.reject(notRun(program, cause)));
  child.once('close', (status) => ended.resolve(status ?? 255));
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-2000);
  });
  const stop = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY }))
      yield line;
    const status = await ended.promise;
    if (status !== 0 && !aborted()) {
      const said = complaint.trim().split('\n').at(-1) ?? '';
      throw sshErrors.error('status', said === '' ? `${program} ended with status ${status}.` : said);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

/** Runs a program with our output (and input, if `input`) and returns its exit status. */
export function spawnAttached(
  program: string,
  args: readonly string[],
  input: boolean,
  signal?: AbortSignal,
  env?: Readonly<Record<string, string>>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(program, [...args], {
      stdio: [input ? 'inherit' : 'ignore', 'inherit', 'inherit'],
      ...(env === undefined ? {} : { env }),
    });
    const kill = () => child.kill('SIGTERM');
    signal?.addEventListener('abort', kill, { once: true });
    child.once('error', (cause) => reject(notRun(program, cause)));
    child.once('close', (code) => {
      signal?.removeEventListener('abort', kill);
      resolve(code ?? 255);
    });
  });
}

function notRun(program: string, cause: Error): Error {
  const text =
    errnoOf(cause) === 'ENOENT'
      ? `${program} is not installed.`
      : `${program} could not be run: ${cause.message}.`;
  return sshErrors.error('failed', text, { cause });
}
