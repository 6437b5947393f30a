// Where QEMU runs: as our own child, which dies with us, or in the namespaces of a cluster, on its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type Anchor, entering } from '../anchor.ts';
import { killCgroup, makeCgroup, pidsIn } from '../cgroup.ts';
import { bridge } from '../namespace-setup.ts';

/** Starts QEMU, finds it and kills it. */
export interface Launcher {
  /** Starts it in that folder; what it says goes to `qemu.log` there. The answer tells whether it has ended. */
  readonly launch: (argv: readonly string[], folder: string) => Promise<() => boolean>;
  /** Its pid on the host, or undefined when it does not run. */
  readonly pid: () => Promise<number | undefined>;
  /** SIGKILL; returns when it is gone. */
  readonly kill: () => Promise<void>;
}

/** The file with what QEMU itself said when it was started last. */
export const qemuLog = 'qemu.log';

/** QEMU as our child. The kernel kills it when we end, however we end. */
export function ownedLauncher(): Launcher {
  let child: ChildProcess | undefined;
  return {
    launch: async (argv, folder) => {
      const started = await start(['setpriv', '--pdeathsig', 'KILL', '--', ...argv], folder, false);
      child = started;
      return () => hasEnded(started);
    },
    pid: async () => (child === undefined || hasEnded(child) ? undefined : child.pid),
    kill: async () => {
      if (child === undefined || hasEnded(child)) return;
      const gone = once(child, 'exit');
      child.ref();
      child.kill('SIGKILL');
      await gone;
    },
  };
}

// The tap device of a machine that was killed may still be on its way out.
const script = `cgroup=$1 folder=$2 link=$3 bridge=$4; shift 4
cd "$folder" && echo 0 >"$cgroup/cgroup.procs" || exit 1
ip link delete "$link" 2>/dev/null
ip tuntap add dev "$link" mode tap && ip link set "$link" master "$bridge" up || exit 1
exec "$@"`;

/** QEMU in the anchor's namespaces and the cgroup folder `cgroup`, with the tap device `link` on the cluster's bridge. */
export function anchoredLauncher(anchor: Anchor, cgroup: string, link: string): Launcher {
  return {
    launch: async (argv, folder) => {
      await makeCgroup([cgroup]);
      const inside = ['sh', '-c', script, 'sh', cgroup, folder, link, bridge, ...argv];
      const started = await start(
        ['nsenter', ...entering(anchor, ['net', 'mount', 'pid']), ...inside],
        folder,
        true,
      );
      return () => hasEnded(started);
    },
    pid: async () => (await pidsIn(cgroup))[0],
    kill: () => killCgroup(cgroup),
  };
}

async function start(argv: readonly string[], folder: string, detached: boolean): Promise<ChildProcess> {
  const log = openSync(join(folder, qemuLog), 'w', 0o600);
  try {
    const child = spawn(argv[0] ?? '', argv.slice(1), { cwd: folder, stdio: ['ignore', log, log], detached });
    await once(child, 'spawn');
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
