// Programs inside a virtual machine, over SSH: one login, which all of them share.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunOptions, type RunResult, run } from '../../host/index.ts';
import { shellCommand } from '../../ssh/index.ts';
import { sandboxErrors } from '../errors.ts';

/** How to log in at a machine. */
export interface GuestLogin {
  /** The machine's name, for errors. */
  readonly name: string;
  /** Arguments of ssh, up to and with the host. */
  readonly ssh: readonly string[];
  /** A folder for the socket of the shared login. */
  readonly folder: string;
}

export interface GuestShell {
  /** Runs a program as root. Throws as `run` does, and `sandbox.state` when the machine does not answer. */
  readonly exec: (argv: readonly string[], options?: GuestOptions) => Promise<RunResult>;
  /** Whether the machine lets us in. Tries once. */
  readonly answers: () => Promise<boolean>;
  /** Ends the shared login. The next program opens another one. */
  readonly close: () => Promise<void>;
}

export interface GuestOptions extends Omit<RunOptions, 'env' | 'cwd'> {
  /** Added to the environment of a root's login. */
  readonly env?: Readonly<Record<string, string>>;
}

const environment: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
};

/** What the other side's shell is to run so that root runs exactly these words. */
export function rootCommand(argv: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const words = Object.entries({ ...environment, ...env }).map(([key, value]) => `${key}=${value}`);
  return shellCommand(['sudo', '-n', 'env', '-i', ...words, ...argv]);
}

const socket = 'ssh.sock';
const patient = ['-o', 'ConnectTimeout=30', '-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=8'];

/** A shell on that machine, which need not be up yet. */
export function guestShell(login: GuestLogin): GuestShell {
  let master: ChildProcess | undefined;
  let opening: Promise<void> | undefined;

  const open = async (): Promise<void> => {
    await rm(join(login.folder, socket), { force: true });
    // A path of the folder's own: a socket's address has room for 107 bytes.
    const argv = [
      'ssh',
      '-M',
      '-N',
      '-S',
      socket,
      '-o',
      'ControlPersist=no',
      '-o',
      'BatchMode=yes',
      ...patient,
    ];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...argv, ...login.ssh], {
      cwd: login.folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-2000);
    });
    await once(child, 'spawn');
    while (!existsSync(join(login.folder, socket))) {
      if (child.exitCode !== null || child.signalCode !== null) {
        const why = said.trim().split('\n').at(-1) ?? '';
        throw sandboxErrors.error('state', `Machine ${login.name} does not let us in over SSH. ${why}`);
      }
      await sleep(50);
    }
    child.unref();
    if ('unref' in child.stderr && typeof child.stderr.unref === 'function') child.stderr.unref();
    master = child;
  };

  const provideMaster = async (): Promise<void> => {
    if (master !== undefined && master.exitCode === null && master.signalCode === null) return;
    opening ??= open().finally(() => {
      opening = undefined;
    });
    await opening;
  };

  return {
    exec: async (argv, options = {}) => {
      await provideMaster();
      const { env, ...rest } = options;
      const command = [...login.ssh, rootCommand(argv, env)];
      return await run('ssh', ['-S', socket, '-o', 'ControlMaster=no', '-o', 'BatchMode=yes', ...command], {
        ...rest,
        cwd: login.folder,
      });
    },
    answers: () =>
      provideMaster().then(
        () => true,
        () => false,
      ),
    close: async () => {
      const child = master;
      master = undefined;
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.ref();
      child.kill('SIGTERM');
      await gone;
    },
  };
}
