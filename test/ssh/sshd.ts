// A real sshd of our own on a loopback port, with its own keys, and an agent that holds the key it accepts.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../src/host/index.ts';

export async function sshd() {
  const folder = mkdtempSync(join(tmpdir(), 'fleetctl-sshd-'));
  const at = (name: string) => join(folder, name);
  const children: ChildProcess[] = [];
  const end = () => {
    for (const child of children) child.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', end);
  const start = (program: string, args: readonly string[]) => {
    const child = spawn(program, [...args], { stdio: 'ignore' });
    children.push(child);
    return child;
  };
  const keygen = (name: string) => run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  await Promise.all(['host', 'host2', 'user', 'stranger'].map(keygen));
  mkdirSync('/run/sshd', { recursive: true });
  mkdirSync(at('bin'));
  for (const name of ['systemctl', 'journalctl', 'sudo']) {
    // They show what reached them, word by word.
    writeFileSync(at(`bin/${name}`), `#!/bin/sh\nprintf '<%s>' ${name} "$@"; echo; exit 3\n`, {
      mode: 0o755,
    });
  }
  const port = await freePort();
  const config = (hostKey: string, more = '') =>
    writeFileSync(
      at('sshd_config'),
      [
        `Port ${port}`,
        'ListenAddress 127.0.0.1',
        'ListenAddress ::1',
        `HostKey ${at(hostKey)}`,
        `AuthorizedKeysFile ${at('user.pub')}`,
        'StrictModes no',
        'UsePAM no',
        'PasswordAuthentication no',
        'KbdInteractiveAuthentication no',
        'PermitRootLogin prohibit-password',
        `PidFile ${at('pid')}`,
        'PermitUserEnvironment no',
        `SetEnv PATH=${at('bin')}:/usr/bin:/bin`,
        more,
      ].join('\n'),
    );
  let server: ChildProcess | undefined;
  const serve = async (hostKey: string, more = '') => {
    if (server !== undefined) {
      const ended = once(server, 'close');
      server.kill('SIGTERM');
      await ended;
    }
    config(hostKey, more);
    server = start('/usr/sbin/sshd', ['-D', '-E', at('sshd_log'), '-f', at('sshd_config')]);
    await answers(port);
  };
  await serve('host');
  const agent = async (key: string): Promise<string> => {
    const socket = at(`agent-${key}`);
    start('ssh-agent', ['-D', '-a', socket]);
    for (let tries = 0; ; tries++) {
      const { status } = await run('ssh-add', ['-q', at(key)], {
        accept: 'any',
        env: { SSH_AUTH_SOCK: socket },
      });
      if (status === 0) return socket;
      if (tries > 600) throw new Error('ssh-agent does not start');
      await sleep(50);
    }
  };
  const hostKey = (name: string) =>
    readFileSync(at(`${name}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
  const known = (name: string, file = 'known') => {
    writeFileSync(at(file), `[127.0.0.1]:${port} ${hostKey(name)}\n`);
    return at(file);
  };
  return {
    port,
    folder,
    at,
    serve,
    agent,
    known,
    /** How often somebody has logged in. */
    logins: () => readFileSync(at('sshd_log'), 'utf8').split('Accepted publickey').length - 1,
    address: `root@127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      process.removeListener('exit', end);
      // What still runs would write into a folder that is being removed.
      const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
      const ended = Promise.all(running.map((child) => once(child, 'exit')));
      for (const child of running) child.kill('SIGTERM');
      await ended;
      end();
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    const socket = connect(port, '127.0.0.1');
    const ok = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (ok) return;
    await sleep(50);
  }
  throw new Error('sshd does not listen');
}
