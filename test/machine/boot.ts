// Boots a small Debian under systemd-nspawn for the tests of this room, and runs programs in it.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunOptions, type RunResult, run } from '../../src/host/index.ts';

const home = resolve(import.meta.dirname, '../..');
const root = process.env.KEELSON_TEST_ROOT ?? '/var/tmp/keelson-test-root-bookworm';
/** Where the checkout is inside the machine. */
export const homeInside = '/opt/keelson';

/** Why no machine can be booted here, or undefined. */
export function whyNoMachine(): string | undefined {
  if (process.getuid?.() !== 0) return 'it needs root';
  return existsSync('/usr/bin/systemd-nspawn') ? undefined : 'systemd-nspawn is not installed';
}

export interface Machine extends AsyncDisposable {
  /** The machine's root, seen from here: its sockets can be connected to by this path. */
  readonly root: string;
  /** Runs a program inside. */
  exec(program: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** The command line that runs a program inside. */
  command(program: string, args: readonly string[]): readonly [string, readonly string[]];
  /** Fulfils when the machine is off. */
  readonly ended: Promise<void>;
  /** Runs a test file of `inside/` in the machine; throws with what it said when a test fails. */
  runTests(file: string, args?: readonly string[]): Promise<void>;
}

/** Boots a machine whose files are thrown away at its end. */
export async function bootMachine(): Promise<Machine> {
  await ensureRoot();
  const child = spawn(
    'systemd-nspawn',
    [
      '--quiet',
      '--boot',
      '--register=no',
      '--keep-unit',
      '--private-network',
      '--volatile=overlay',
      '--kill-signal=SIGRTMIN+4',
      `--bind-ro=${home}:${homeInside}`,
      `--machine=keelson-test-${process.pid}`,
      '-D',
      root,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      said = (said + text.toString()).slice(-4000);
    });
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const onExit = () => child.kill('SIGKILL');
  process.once('exit', onExit);
  const stop = async () => {
    await stopMachine(child, ended);
    process.off('exit', onExit);
  };
  try {
    const leader = await leaderOf(child);
    const machine = machineOf(leader, ended, stop);
    await whenBooted(machine);
    return machine;
  } catch (error) {
    await stop();
    throw new Error(`The machine did not boot. It said: ${said}`, { cause: error });
  }
}

function machineOf(leader: number, ended: Promise<void>, stop: () => Promise<void>): Machine {
  const inside = `/proc/${leader}/root`;
  const command = (program: string, args: readonly string[]) =>
    ['nsenter', ['-t', String(leader), '-m', '-u', '-i', '-n', '-p', '-C', '--', program, ...args]] as const;
  const exec = (program: string, args: readonly string[], options?: RunOptions) =>
    run(...command(program, args), { deadlineMs: 60_000, ...options });
  return {
    root: inside,
    ended,
    command,
    exec,
    runTests: async (file, args = []) => {
      const path = join(homeInside, 'test/machine/inside', file);
      const node = join(homeInside, 'node_modules/.bin/node');
      const { status, stdout, stderr } = await exec(node, [path, ...args], {
        accept: 'any',
        deadlineMs: 90_000,
      });
      if (status !== 0) throw new Error(`${file} failed inside the machine:\n${stdout}${stderr}`);
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function ensureRoot(): Promise<void> {
  if (existsSync(root)) return;
  const making = `${root}.${process.pid}`;
  try {
    await run(
      'mmdebstrap',
      ['--variant=minbase', '--include=systemd,systemd-sysv,dbus', 'bookworm', making],
      { deadlineMs: 300_000 },
    );
    await rename(making, root).catch((error: unknown) => {
      // Another test file made it meanwhile.
      if (!existsSync(root)) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

async function leaderOf(child: ChildProcess): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`systemd-nspawn ended with ${child.exitCode}.`);
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
    const leader = Number(children.split(' ')[0]);
    if (leader > 0 && readFileSync(`/proc/${leader}/comm`, 'utf8').trim() === 'systemd') return leader;
    await sleep(50);
  }
  throw new Error('systemd-nspawn started no init.');
}

async function whenBooted(machine: Machine): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const { stdout } = await machine.exec('systemctl', ['is-system-running'], { accept: 'any' });
    if (/^(running|degraded)/.test(stdout)) return;
    await sleep(100);
  }
  throw new Error('It did not settle within 30 s.');
}

async function stopMachine(child: ChildProcess, ended: Promise<void>): Promise<void> {
  // Its init is killed, not asked: nothing of it is to be kept.
  child.kill('SIGKILL');
  await ended;
}
