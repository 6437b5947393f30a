// A command or a login shell on another host, with our own input, output and terminal.

import { spawn } from 'node:child_process';
import { errnoOf } from '../host/index.ts';
import { showHost } from './address.ts';
import { sshErrors } from './errors.ts';
import { explainSsh } from './explain.ts';
import type { SshHost, SshSettings } from './model.ts';
import { commandArguments } from './options.ts';
import { makeScratch } from './scratch.ts';

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
export async function runRemote(remote: RemoteRun, settings: SshSettings): Promise<number> {
  using scratch = makeScratch();
  const terminal = remote.input && process.stdin.isTTY === true;
  const args = commandArguments({ ...remote, terminal }, settings, scratch.logFile);
  const status = await spawnAttached('ssh', args, remote.input, remote.signal);
  const log = scratch.log();
  // 255 is ssh's own failure, unless the remote command happened to end so: then ssh has nothing to say.
  if (status === 255 && log.trim() !== '') throw explainSsh(log, showHost(remote.host));
  return status;
}

/** Runs a program with our output (and input, if `input`) and returns its exit status. */
export function spawnAttached(
  program: string,
  args: readonly string[],
  input: boolean,
  signal?: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(program, [...args], { stdio: [input ? 'inherit' : 'ignore', 'inherit', 'inherit'] });
    const kill = () => child.kill('SIGTERM');
    signal?.addEventListener('abort', kill, { once: true });
    child.once('error', (cause) => {
      const missing = errnoOf(cause) === 'ENOENT';
      const text = missing
        ? `${program} is not installed.`
        : `${program} could not be run: ${cause.message}.`;
      reject(sshErrors.error('failed', text, { cause }));
    });
    child.once('close', (code) => {
      signal?.removeEventListener('abort', kill);
      resolve(code ?? 255);
    });
  });
}
