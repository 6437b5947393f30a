// A unix socket here that leads to a socket or port there, held open by one ssh.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { showHost } from './address.ts';
import { sshErrors } from './errors.ts';
import { explainSsh } from './explain.ts';
import type { SshHost, SshSettings } from './model.ts';
import { forwardArguments } from './options.ts';
import { makeScratch } from './scratch.ts';

/**
 * Runs ssh until it ends or our end of the pipe is closed, which the kernel does too when we are killed: then
 * nothing of us stays, neither ssh nor the folder ($0). ssh asks on the terminal, never on its input.
 */
const untilInputEnds = `
exec 3<&0
ssh "$@" </dev/null 3<&- &
ssh=$!
{ read -r _ <&3; rm -rf -- "$0"; kill "$ssh"; } >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait "$ssh"
status=$?
kill "$watch"
exit "$status"`;

/** The shell's status for a program that is not there. */
const notFound = 127;

export interface Tunnel extends AsyncDisposable {
  /** The socket here. */
  readonly socketPath: string;
  /** What ssh has said so far: why a connection through the tunnel was closed. */
  log(): string;
}

/**
 * Logs in at `host` and forwards a new local socket to `remote`: the path of a socket there, or
 * `host:port` as seen from there. ssh asks on the terminal, if there is one, for what it needs to know.
 * Throws `ssh.*` when there is no connection.
 */
export async function openTunnel(
  host: SshHost,
  remote: string,
  settings: SshSettings,
  signal?: AbortSignal,
): Promise<Tunnel> {
  signal?.throwIfAborted();
  const scratch = makeScratch();
  const socketPath = join(scratch.directory, 'api.sock');
  const args = forwardArguments(host, socketPath, remote, settings, scratch.logFile);
  const child = spawn('sh', ['-c', untilInputEnds, scratch.directory, ...args], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const kill = () => child.stdin.destroy();
  signal?.addEventListener('abort', kill, { once: true });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const close = async () => {
    kill();
    await ended;
    signal?.removeEventListener('abort', kill);
    scratch[Symbol.dispose]();
  };
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('error', (cause) => {
        reject(sshErrors.error('failed', `ssh could not be run: ${cause.message}.`, { cause }));
      });
      child.once('close', (status) => {
        if (status === notFound && scratch.log() === '')
          reject(sshErrors.error('failed', 'ssh is not installed (OpenSSH is needed).'));
        reject(signal?.aborted === true ? signal.reason : explainSsh(scratch.log(), showHost(host)));
      });
    });
  } catch (error) {
    if (child.pid === undefined) scratch[Symbol.dispose]();
    else await close();
    throw error;
  }
  return { socketPath, log: () => scratch.log(), [Symbol.asyncDispose]: close };
}
