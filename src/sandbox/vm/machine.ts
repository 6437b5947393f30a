// One machine of a cluster that is a whole virtual machine: the same life as a container's, by QEMU and SSH.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lock, removeFileIfExists } from '../../host/index.ts';
import { type Anchor, runInside } from '../anchor.ts';
import type { MachineCgroups } from '../boot.ts';
import { killCgroup } from '../cgroup.ts';
import { sandboxErrors } from '../errors.ts';
import type { ClusterRecord, Machine, MachineRecord, VirtualHardware } from '../model.ts';
import type { ClusterPaths, MachinePaths } from '../paths.ts';
import { waiting } from '../wait.ts';
import { chooseAccelerator } from './accelerator.ts';
import { forwardSocket } from './api-forward.ts';
import { lastLines } from './console-log.ts';
import { guestShell, rootCommand } from './guest-shell.ts';
import { anchoredLauncher } from './launch.ts';
import { hardwareOf, requireImage, tapName } from './prepare.ts';
import { bootTurn, requireMemory } from './turn.ts';
import { openVirtualMachine } from './virtual-machine.ts';

/** What a virtual machine needs to know of its surroundings. */
export interface VmContext {
  readonly anchor: Anchor;
  readonly cluster: ClusterRecord;
  readonly vm: VirtualHardware;
  readonly record: MachineRecord;
  readonly clusterPaths: ClusterPaths;
  readonly paths: MachinePaths;
  readonly cgroups: MachineCgroups;
  readonly bootDeadlineMs: number;
  readonly onStep: (text: string) => void;
}

export async function openVmMachine(context: VmContext): Promise<Machine> {
  const { anchor, cluster, record, paths, cgroups, clusterPaths } = context;
  const hardware = await hardwareOf(context.vm, record, paths);
  const launcher = anchoredLauncher(anchor, cgroups.machine, tapName(record.name));
  const power = openVirtualMachine(hardware, paths.directory, launcher);
  const ssh = ['-F', clusterPaths.sshConfig, record.name];
  const shell = guestShell({ name: record.name, ssh, folder: paths.directory });

  const leaderPid = async (): Promise<number> => {
    const pid = await power.pid();
    if (pid !== undefined) return pid;
    throw sandboxErrors.error('state', `Machine ${record.name} is not running.`, {
      hint: `keelson start ${record.name}`,
    });
  };

  const exec: Machine['exec'] = async (argv, options) => {
    await leaderPid();
    return await shell.exec(argv, options);
  };

  const bootError = async (what: string): Promise<Error> =>
    sandboxErrors.error(
      'deadline',
      `Machine ${record.name} ${what}. Its console ends with:\n${lastLines(await power.console())}`,
      { hint: `The whole of it is in ${power.consolePath}.` },
    );

  /** Until it answers: a machine that crashes, resets and comes up after all has booted. */
  const waitUntilIn = async (end: number): Promise<void> => {
    while (!(await shell.answers())) {
      if ((await power.state()) === 'stopped') throw await bootError('went off while it booted');
      if (Date.now() > end)
        throw await bootError(`did not let us in within ${context.bootDeadlineMs / 1000} s`);
      await sleep(500);
    }
  };

  const waitUntilBooted = async (end: number): Promise<void> => {
    let said = '';
    while (Date.now() < end) {
      await waitUntilIn(end);
      const result = await exec(['systemctl', 'is-system-running', '--wait'], {
        accept: 'any',
        deadlineMs: Math.max(1, end - Date.now()),
      }).catch((error: unknown) => ({ stdout: '', stderr: String(error) }));
      said = result.stdout.trim() || result.stderr.trim();
      if (said === 'running' || said === 'degraded') return;
      await sleep(500);
    }
    throw await bootError(`did not boot within ${context.bootDeadlineMs / 1000} s (systemd says: ${said})`);
  };

  const start = async (): Promise<void> => {
    await mkdir(paths.directory, { recursive: true });
    // Two commands that find the machine off at the same moment boot it once.
    const held = await lock(join(paths.directory, 'boot.lock'));
    try {
      if ((await power.state()) === 'stopped') {
        requireImage(cluster, context.vm, record);
        await requireMemory(hardware);
        const wait = () => context.onStep(`${record.name} waits for another boot on this host`);
        const { accelerator } = await chooseAccelerator();
        // Not until it is done with booting: members of an etcd wait for each other before they are.
        await using _turn = await bootTurn(accelerator, wait);
        context.onStep(`Booting ${record.name}`);
        await power.start();
        await waitUntilIn(Date.now() + context.bootDeadlineMs);
        await forwardSocket({ anchor, cgroup: cgroups.loop, record, paths, clusterPaths });
      }
    } finally {
      await held[Symbol.asyncDispose]();
    }
    await waitUntilBooted(Date.now() + context.bootDeadlineMs);
  };

  const switchOff = async (off: () => Promise<void>): Promise<void> => {
    await off();
    await killCgroup(cgroups.loop);
    await shell.close();
    await removeFileIfExists(paths.socket);
  };

  const setLink = async (to: 'up' | 'down'): Promise<void> => {
    await leaderPid();
    await runInside(anchor, ['ip', 'link', 'set', tapName(record.name), to]);
  };

  return {
    name: record.name,
    address: record.address,
    machineId: record.machineId,
    socket: paths.socket,
    rootPath: '',
    state: power.state,
    leaderPid,
    exec,
    enter: async (argv, terminal = true) => {
      await leaderPid();
      const env = { TERM: process.env.TERM ?? 'dumb' };
      const streams = terminal && process.stdin.isTTY ? ['-t'] : [];
      return ['ssh', ...streams, '-o', 'LogLevel=ERROR', ...ssh, rootCommand(argv, env)];
    },
    readFile: async (path) => (await exec(['cat', '--', path])).stdout,
    writeFile: async (path, content, mode = 0o644) => {
      const script = 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"';
      await exec(['sh', '-c', script, 'sh', path, mode.toString(8)], { input: content });
    },
    journal: async (options = {}) => {
      const unit = options.unit === undefined ? [] : [`--unit=${options.unit}`];
      const lines = options.lines === undefined ? [] : [`--lines=${options.lines}`];
      const argv = ['journalctl', '--no-pager', '--quiet', ...unit, ...lines];
      return (await exec(argv, { maxOutputBytes: 64 * 1024 * 1024 })).stdout;
    },
    start,
    stop: () =>
      switchOff(async () => {
        // A paused machine does not see its power button.
        if ((await power.state()) === 'paused') await power.resume();
        await power.powerDown();
      }),
    kill: () => switchOff(power.kill),
    cut: () => setLink('down'),
    heal: () => setLink('up'),
    pause: power.pause,
    resume: power.resume,
    waitFor: waiting(record.name, exec),
  };
}
