// A small machine for the tests of cloud-config: Debian in nspawn, this checkout inside, a config drive.

import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { homeDirectory, type RunResult, run } from '../../src/host/index.ts';

const packages = 'systemd,systemd-sysv,dbus,udev';

export interface TestMachine extends AsyncDisposable {
  /** The machine's root, as seen from here. */
  readonly root: string;
  /** Runs a program inside; any exit status is fine. */
  run(program: string, ...args: string[]): Promise<RunResult>;
}

/** Makes a root with our command, our units and this user-data on its config drive. */
export async function makeRoot(userData: string, metadata: object): Promise<string> {
  const home = homeDirectory();
  const root = await mkdtemp('/var/tmp/cloud-config-');
  const base = process.env.KEELSON_TEST_BASE;
  if (base !== undefined)
    await run('cp', ['-a', '--reflink=auto', `${base}/.`, root], { deadlineMs: 300_000 });
  else {
    const args = ['--quiet', '--variant=apt', `--include=${packages}`, 'bookworm', root];
    await run('mmdebstrap', args, { deadlineMs: 600_000 });
  }
  await cp(join(home, 'units'), join(root, 'etc/systemd/system'), { recursive: true });
  const command =
    '#!/bin/sh\nexec /usr/lib/keelson/node_modules/.bin/node /usr/lib/keelson/src/coreos-cloudinit.ts "$@"\n';
  await writeFile(join(root, 'usr/bin/coreos-cloudinit'), command, { mode: 0o755 });
  await mkdir(join(root, 'usr/lib/keelson'), { recursive: true });
  const drive = join(root, 'media/configdrive/openstack/latest');
  await mkdir(drive, { recursive: true });
  await writeFile(join(drive, 'user_data'), userData);
  await writeFile(join(drive, 'meta_data.json'), JSON.stringify(metadata));
  const units = ['user-configdrive.service', 'user-config.target'];
  await run('systemctl', [`--root=${root}`, 'enable', ...units]);
  return root;
}

/** Boots a root and waits until its boot has ended. */
export async function boot(root: string): Promise<TestMachine> {
  const home = homeDirectory();
  const options = [
    '--quiet',
    '--boot',
    '--register=no',
    '--keep-unit',
    '--private-network',
    '--console=pipe',
  ];
  const binds = [`--bind-ro=${home}:/usr/lib/keelson`];
  const child = spawn('systemd-nspawn', [...options, ...binds, '-D', root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.resume();
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const inside = async (program: string, ...args: string[]) =>
    run('nsenter', ['--all', '--target', String(await leaderOf(child.pid)), '--', program, ...args], {
      accept: 'any',
    });
  const machine: TestMachine = {
    root,
    run: inside,
    [Symbol.asyncDispose]: async () => {
      await inside('systemctl', 'poweroff', '--force', '--no-block').catch(() => {});
      if ((await Promise.race([ended, sleep(30_000, 'late')])) === 'late') child.kill('SIGKILL');
      await ended;
    },
  };
  try {
    for (let second = 0; second < 120; second++) {
      const state = await inside('systemctl', 'is-system-running').catch(() => undefined);
      if (/^(running|degraded)/.test(state?.stdout ?? '')) return machine;
      await sleep(1_000);
    }
    throw new Error('the machine did not finish its boot in 120 s');
  } catch (error) {
    await machine[Symbol.asyncDispose]();
    throw error;
  }
}

/** PID 1 of the machine, as seen from here. */
async function leaderOf(nspawn: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${nspawn}/task/${nspawn}/children`, 'utf8');
  for (const pid of text.trim().split(' ')) {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (name.trim() === 'systemd') return Number(pid);
  }
  throw new Error('the machine has no PID 1 yet');
}

/** Removes a root. */
export async function removeRoot(root: string): Promise<void> {
  await rm(root, { recursive: true, force: true });
}
