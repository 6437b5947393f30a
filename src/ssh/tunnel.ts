// A unix socket here that leads to a socket or port there, held open by one ssh.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { errnoOf } from '../host/index.ts';
import { showHost } from './address.ts';
import { sshErrors } from './errors.ts';
import { explainSsh } from './explain.ts';
import type { SshHost, SshSettings } from './model.ts';
import { forwardArguments } from './options.ts';
import { makeScratch } from './scratch.ts';

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
  const child = spawn('ssh', forwardArguments(host, socketPath, remote, settings, scratch.logFile), {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const kill = () => child.kill('SIGTERM');
  process.once('exit', kill);
  signal?.addEventListener('abort', kill, { once: true });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const close = async () => {
    kill();
    await ended;
    process.removeListener('exit', kill);
    signal?.removeEventListener('abort', kill);
    scratch[Symbol.dispose]();
  };
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('error', (cause) => {
        const missing = errnoOf(cause) === 'ENOENT';
        reject(
          sshErrors.error('failed', missing ? 'ssh is not installed (OpenSSH is needed).' : cause.message, {
            cause,
          }),
        );
      });
      child.once('close', () => {
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
