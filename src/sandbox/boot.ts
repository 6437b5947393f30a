// Starts one machine: a small loop around systemd-nspawn, in the anchor's namespaces, on its own from then on.

import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Anchor, entering } from './anchor.ts';
import { type Hierarchies, makeCgroup } from './cgroup.ts';
import type { Bind, ClusterRecord, MachineRecord } from './model.ts';
import { bridge } from './namespace-setup.ts';
import type { MachinePaths } from './paths.ts';
import { slotsInside, slotVariables, takeSlotScript } from './slots.ts';

/** The cgroups of one machine. */
export interface MachineCgroups {
  readonly loop: string;
  readonly machine: string;
  /** Empty where there is no such hierarchy. */
  readonly named: string;
}

export function machineCgroups(found: Hierarchies, anchor: Anchor, name: string): MachineCgroups {
  return {
    loop: join(found.unified, anchor.cgroup, `boot-${name}`),
    machine: join(found.unified, anchor.cgroup, name),
    named: found.named === undefined ? '' : join(found.named, anchor.cgroup, name),
  };
}

// With --keep-unit nspawn does not boot a rebooting machine again but ends with 133.
// The veth of a machine that was killed may still be on its way out.
// A slot on trial whose system ends in another way than by powering off has crashed: a machine would reset.
const loop = `${takeSlotScript}
words= trial=
loop=$1 machine=$2 named=$3 link=$4; shift 4
echo 0 >"$loop/cgroup.procs" || exit 1
while :; do
  for folder in "$machine" "$named"; do
    [ -n "$folder" ] || continue
    [ ! -d "$folder" ] || find "$folder" -depth -type d -exec rmdir {} +
    mkdir -p "$folder"
  done
  ip link delete "$link" 2>/dev/null
  [ -z "$slots" ] || take_slot || exit 1
  (
    echo 0 >"$machine/cgroup.procs"
    [ -z "$named" ] || echo 0 >"$named/cgroup.procs"
    exec systemd-nspawn "$@" $words
  )
  status=$?
  [ $status -eq 133 ] || { [ $status -ne 0 ] && [ -n "$trial" ]; } || exit $status
done`;

/** The interface of a machine on the bridge's side; nspawn gives it this name. */
export function linkName(machine: string): string {
  return `vb-${machine}`;
}

/** The systemd-nspawn command line of a machine. */
export function nspawnArguments(
  record: ClusterRecord,
  machine: MachineRecord,
  paths: MachinePaths,
): string[] {
  const drive: Bind = { source: paths.configDrive, target: '/media/configdrive', readOnly: true };
  const slots: Bind = { source: paths.slots, target: slotsInside, readOnly: false };
  const binds = [
    ...(record.kind === 'keelson' ? [drive] : []),
    ...(record.release === undefined ? [] : [slots]),
    ...machine.binds,
  ];
  return [
    '--boot',
    '--register=no',
    '--keep-unit',
    '--quiet',
    '--console=read-only',
    '--resolv-conf=off',
    '--timezone=off',
    `--machine=${machine.name}`,
    `--uuid=${machine.machineId}`,
    `--network-bridge=${bridge}`,
    `--directory=${paths.root}`,
    ...(record.privileged ? ['--capability=all', '--system-call-filter=@keyring bpf'] : []),
    ...binds.map(bindArgument),
    '--',
    ...(machine.kernelArguments ?? []),
  ];
}

function bindArgument(bind: Bind): string {
  const escaped = (path: string) => path.replace(/[\\:]/g, '\\$&');
  return `--bind${bind.readOnly === false ? '' : '-ro'}=${escaped(bind.source)}:${escaped(bind.target)}`;
}

/** Starts the machine and returns at once; its console goes to a file. */
export async function bootMachine(
  anchor: Anchor,
  cgroups: MachineCgroups,
  record: ClusterRecord,
  machine: MachineRecord,
  paths: MachinePaths,
): Promise<void> {
  await makeCgroup([cgroups.loop]);
  mkdirSync(dirname(paths.console), { recursive: true });
  const console = openSync(paths.console, 'a', 0o600);
  try {
    const child = spawn(
      'nsenter',
      [
        ...entering(anchor, ['net', 'mount', 'pid']),
        ...['sh', '-c', loop, 'sh', cgroups.loop, cgroups.machine, cgroups.named, linkName(machine.name)],
        ...nspawnArguments(record, machine, paths),
      ],
      {
        stdio: ['ignore', console, console],
        detached: true,
        cwd: '/',
        // One hierarchy, as every distribution has it today, whatever the host has.
        env: {
          PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1',
          ...slotVariables(paths, record.release !== undefined),
        },
      },
    );
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
  } finally {
    closeSync(console);
  }
}
