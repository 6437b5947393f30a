// A Debian that really boots, in a container of systemd-nspawn with a network of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunOptions, type RunResult, run } from '../../src/host/index.ts';

export interface Booted extends AsyncDisposable {
  /** Its root, as seen from here. */
  readonly root: string;
  /** Runs a command of a shell in it, as root. */
  sh(command: string, options?: RunOptions): Promise<RunResult>;
}

/** A Debian root with these packages, in a new folder; the caller removes it. */
export async function debianRoot(packages: readonly string[]): Promise<string> {
  const root = await mkdtemp('/var/tmp/machine-test-');
  const include = `--include=${packages.join(',')}`;
  await run('nice', ['mmdebstrap', '--quiet', '--variant=minbase', include, 'bookworm', root], {
    deadlineMs: 600_000,
  });
  return root;
}

/** Boots `root` and waits until systemd is done with it. Ends and removes it when disposed of. */
export async function boot(root: string): Promise<Booted> {
  await writeFile(join(root, 'etc/machine-id'), '');
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
  const nspawn = spawn(
    'systemd-nspawn',
    ['--quiet', '--boot', '--register=no', '--keep-unit', '--private-network', '-D', root],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const end = async () => {
    await stop(nspawn);
    await rm(root, { recursive: true, force: true });
    // systemd-nspawn leaves it where /run is no tmpfs.
    await rm(join('/run/systemd/nspawn/propagate', basename(root)), { recursive: true, force: true });
  };
  try {
    const leader = await leaderOf(nspawn);
    const inside = ['-t', String(leader), '-m', '-u', '-i', '-n', '-p', '-C', '-r', '-w', '/bin/sh', '-c'];
    const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };
    const sh = (command: string, options: RunOptions = {}) =>
      run('nsenter', [...inside, command], { deadlineMs: 180_000, env, ...options });
    await settled(sh);
    return { root, sh, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** A copy of a home folder that a test may change; packages are shared with the original. */
export async function copyHome(from: string, to: string): Promise<void> {
  for (const part of ['package.json', 'LICENSE', 'units', 'dist', 'cloud-config']) {
    await cp(join(from, part), join(to, part), {
      recursive: true,
      verbatimSymlinks: true,
      force: true,
    }).catch(() => {});
  }
  await run('ln', ['-sfn', join(from, 'node_modules'), join(to, 'node_modules')]);
}

async function leaderOf(nspawn: ChildProcess): Promise<number> {
  for (let tries = 0; tries < 300; tries++) {
    if (nspawn.exitCode !== null) throw new Error(`systemd-nspawn ended with status ${nspawn.exitCode}.`);
    const path = `/proc/${nspawn.pid}/task/${nspawn.pid}/children`;
    const children = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ');
    for (const child of children) {
      const name = child === '' ? '' : await readFile(`/proc/${child}/comm`, 'utf8').catch(() => '');
      if (name.trim() === 'systemd') return Number(child);
    }
    await sleep(100);
  }
  throw new Error('The container has no systemd after 30 s.');
}

async function settled(sh: Booted['sh']): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    const { stdout } = await sh('systemctl is-system-running', { accept: 'any' });
    if (['running', 'degraded'].includes(stdout.trim())) return;
    await sleep(500);
  }
  throw new Error('The container did not finish its boot within a minute.');
}

async function stop(nspawn: ChildProcess): Promise<void> {
  if (nspawn.exitCode !== null || nspawn.signalCode !== null) return;
  const ended = new Promise((resolve) => nspawn.once('exit', resolve));
  nspawn.kill('SIGTERM');
  const timer = setTimeout(() => nspawn.kill('SIGKILL'), 20_000);
  await ended;
  clearTimeout(timer);
}
