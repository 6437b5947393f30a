// One machine of a cluster: its life, and what can be done inside it.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf, lock, type RunResult, removeFileIfExists, run } from '../host/index.ts';
import { type Anchor, runInside } from './anchor.ts';
import { bootMachine, linkName, type MachineCgroups } from './boot.ts';
import { freezeCgroup, isFrozen, killCgroup, pidsIn } from './cgroup.ts';
import { sandboxErrors } from './errors.ts';
import type { ClusterRecord, ExecOptions, Machine, MachineRecord, MachineState } from './model.ts';
import type { MachinePaths } from './paths.ts';
import { waiting } from './wait.ts';

/** What a machine needs to know of its surroundings. */
export interface MachineContext {
  readonly anchor: Anchor;
  readonly cluster: ClusterRecord;
  readonly record: MachineRecord;
  readonly paths: MachinePaths;
  readonly cgroups: MachineCgroups;
  readonly bootDeadlineMs: number;
  /** Called after each boot, once PID 1 is there. */
  readonly onBoot: (leader: number) => Promise<void>;
}

/** What programs in a machine find in their environment. */
const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
};

export function openMachine(context: MachineContext): Machine {
  const { anchor, record, paths, cgroups } = context;

  const findLeader = async (): Promise<number | undefined> => {
    // systemd moves itself from payload to init.scope; looked for from below, it is always found.
    for (const folder of ['payload/init.scope', 'payload']) {
      for (const pid of await pidsOf(join(cgroups.machine, folder))) {
        if (await isNamespaceInit(pid)) return pid;
      }
    }
    return undefined;
  };

  const leaderPid = async (): Promise<number> => {
    const pid = await findLeader();
    if (pid !== undefined) return pid;
    throw sandboxErrors.error('state', `Machine ${record.name} is not running.`, {
      hint: `keelson start ${record.name}`,
    });
  };

  const state = async (): Promise<MachineState> => {
    if ((await pidsIn(cgroups.loop)).length === 0 && (await pidsIn(cgroups.machine)).length === 0)
      return 'stopped';
    return (await isFrozen(cgroups.machine)) ? 'paused' : 'running';
  };

  const exec = async (argv: readonly string[], options: ExecOptions = {}): Promise<RunResult> => {
    const leader = await leaderPid();
    const { env, ...rest } = options;
    return await run('nsenter', [...insideArguments(leader), ...argv], {
      ...rest,
      awake: true,
      env: { ...environment, ...env },
    });
  };

  const waitUntilBooted = async (): Promise<void> => {
    const end = Date.now() + context.bootDeadlineMs;
    let said = '';
    while (Date.now() < end) {
      if ((await state()) === 'stopped') throw await bootError('ended while it booted', '');
      if ((await findLeader()) !== undefined) {
        const result = await exec(['systemctl', 'is-system-running', '--wait'], {
          accept: 'any',
          deadlineMs: Math.max(1, end - Date.now()),
        }).catch((error: unknown) => ({ status: 1, stdout: '', stderr: String(error) }));
        said = result.stdout.trim() || result.stderr.trim();
        if (said === 'running' || said === 'degraded') {
          await context.onBoot(await leaderPid());
          return;
        }
      }
      await sleep(100);
    }
    throw await bootError(`did not boot within ${context.bootDeadlineMs / 1000} s`, said);
  };

  const bootError = async (what: string, said: string): Promise<Error> => {
    const console = await readFile(paths.console, 'utf8').catch(() => '');
    const last = console.trim().split(/\r?\n/).slice(-8).join('\n');
    const status = said === '' ? '' : ` (systemd says: ${said})`;
    return sandboxErrors.error(
      'deadline',
      `Machine ${record.name} ${what}${status}. Its console ends with:\n${last}`,
      {
        hint: `The whole of it is in ${paths.console}.`,
      },
    );
  };

  const start = async (): Promise<void> => {
    // Two commands that find the machine off at the same moment boot it once.
    const held = await lock(join(paths.directory, 'boot.lock'));
    try {
      if ((await state()) === 'stopped') {
        await bootMachine(anchor, cgroups, context.cluster, record, paths);
        // The loop moves itself into its cgroup a moment after it was started.
        for (let tries = 0; tries < 250 && (await state()) === 'stopped'; tries++) await sleep(20);
      }
    } finally {
      await held[Symbol.asyncDispose]();
    }
    await waitUntilBooted();
  };

  const kill = async (): Promise<void> => {
    await killCgroup(cgroups.loop);
    await killCgroup(cgroups.machine);
    await removeFileIfExists(paths.socket);
  };

  const stop = async (): Promise<void> => {
    if ((await state()) === 'stopped') return;
    if ((await state()) === 'paused') await freezeCgroup(cgroups.machine, false);
    const leader = await leaderPid();
    const begin = Date.now();
    for (let tries = 0; (await state()) !== 'stopped'; tries++) {
      // SIGRTMIN+4 asks systemd, as a system manager, to power off; see systemd(1). RTMIN is 34 with glibc.
      // Asked again now and then: a systemd that has only just been started does not listen yet.
      if (tries % 100 === 0) signalQuietly(leader, 34 + 4);
      if (Date.now() - begin > 100_000) {
        throw sandboxErrors.error('deadline', `Machine ${record.name} did not power off within 100 s.`, {
          hint: `keelson kill ${record.name} pulls its plug.`,
        });
      }
      await sleep(50);
    }
    await removeFileIfExists(paths.socket);
  };

  const setLink = async (to: 'up' | 'down'): Promise<void> => {
    await leaderPid();
    await runInside(anchor, ['ip', 'link', 'set', linkName(record.name), to]);
  };

  return {
    name: record.name,
    address: record.address,
    machineId: record.machineId,
    socket: paths.socket,
    rootPath: `/proc/${anchor.pid}/root${paths.root}`,
    state,
    leaderPid,
    exec,
    enter: async (argv) => {
      const words = Object.entries({ ...environment, TERM: process.env.TERM ?? 'dumb' });
      const env = words.map(([key, value]) => `${key}=${value}`);
      return ['nsenter', ...insideArguments(await leaderPid()), 'env', '-i', ...env, ...argv];
    },
    // Through a program inside, not through /proc/PID/root: an absolute link would lead to the host's files.
    readFile: async (path) => (await exec(['cat', '--', path])).stdout,
    writeFile: async (path, content, mode = 0o644) => {
      const script = 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"';
      await exec(['sh', '-c', script, 'sh', path, mode.toString(8)], { input: content });
    },
    journal: async (options = {}) => {
      const folder = join(paths.upper, 'var/log/journal');
      const unit = options.unit === undefined ? [] : [`--unit=${options.unit}`];
      const lines = options.lines === undefined ? [] : [`--lines=${options.lines}`];
      const argv = [`--directory=${folder}`, '--no-pager', '--quiet', ...unit, ...lines];
      return (await run('journalctl', argv, { maxOutputBytes: 64 * 1024 * 1024 })).stdout;
    },
    start,
    stop,
    kill,
    cut: () => setLink('down'),
    heal: () => setLink('up'),
    pause: () => freezeCgroup(cgroups.machine, true),
    resume: () => freezeCgroup(cgroups.machine, false),
    waitFor: waiting(record.name, exec),
  };
}

/** The nsenter arguments that lead into a machine, as its root. */
function insideArguments(leader: number): string[] {
  return [
    '-t',
    String(leader),
    '--mount',
    '--uts',
    '--ipc',
    '--net',
    '--pid',
    '--cgroup',
    '--root',
    '--wd',
    '--',
  ];
}

/** Whether a process, seen from the host, is PID 1 of the innermost namespace it is in. */
async function isNamespaceInit(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return /^NSpid:.*\s1$/m.test(status);
}

function signalQuietly(pid: number, signal: number): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

async function pidsOf(folder: string): Promise<number[]> {
  try {
    const text = await readFile(join(folder, 'cgroup.procs'), 'utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map(Number);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENODEV') return [];
    throw error;
  }
}
