// The anchor of a cluster: one process that is PID 1 of its own pid, network and mount namespaces.
// Bridge, mounts and machines live in them, so when the anchor dies, however it dies, the kernel
// removes them all.
//
// INVARIANT: an anchor that is not written down ends by itself. It waits for a word on its input, which
// we send after its identity is on disk; if we die before, its input ends, and so does it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type RunOptions, type RunResult, readFileIfExists, run, writeFileAtomic } from '../host/index.ts';
import { cgroupFolders, hierarchies, makeCgroup, pidsIn, removeCgroup } from './cgroup.ts';
import { sandboxErrors } from './errors.ts';
import type { ClusterRecord } from './model.ts';
import type { ClusterPaths } from './paths.ts';
import { childrenOf, identify, isAlive, killAndWait, type ProcessIdentity } from './process-identity.ts';

/** A living anchor, as written down. */
export interface Anchor extends ProcessIdentity {
  /** Where the cluster's cgroups are, in each hierarchy. */
  readonly cgroup: string;
  /** The network and the mounts are complete. */
  readonly ready: boolean;
}

// $1 is `caller` or `detached`. The shell also reaps what machines leave to PID 1.
const inner = `
echo ready
read word || exit 1
exec >/dev/null 2>&1
if [ "$1" = caller ]; then cat; exit 0; fi
exec </dev/null
while :; do sleep 2000000 & wait; done`;

// The unshare that waits for its child, and the child, die together.
const outer = `echo $$
exec unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private sh -c "$1" keelson-sandbox "$2"`;

/** Starts the anchor of a cluster and writes it down. The caller holds the cluster's lock. */
export async function startAnchor(paths: ClusterPaths, lifetime: ClusterRecord['lifetime']): Promise<Anchor> {
  const shell = ['sh', '-c', outer, 'sh', inner, lifetime];
  const argv = existsSync('/run/systemd/system') ? asService(`${paths.cgroup}.service`, shell) : shell;
  const child = spawn(argv[0] ?? 'sh', argv.slice(1), { stdio: 'pipe', detached: true });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const lines = createInterface({ input: child.stdout });
  const words = lines[Symbol.asyncIterator]();
  const waiter = Number((await words.next()).value);
  const ready = (await words.next()).value;
  const pid = ready === 'ready' ? (await childrenOf(waiter))[0] : undefined;
  const identity = pid === undefined ? undefined : await identify(pid);
  if (identity === undefined) {
    child.stdin.destroy();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    throw sandboxErrors.error(
      'tools',
      `The namespaces of the cluster could not be made. ${complaint.trim()}`,
    );
  }
  const anchor = { ...identity, cgroup: await settleCgroup(waiter, identity.pid, paths), ready: false };
  await writeAnchor(paths, anchor);
  child.stdin.write('go\n');
  lines.close();
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
  // With the lifetime of the caller the pipe stays open, without keeping our event loop alive.
  if (lifetime === 'detached') child.stdin.end();
  else if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return anchor;
}

/** Under systemd the anchor is a service of its own, so that the end of our login session does not end the cluster. */
function asService(unit: string, argv: readonly string[]): string[] {
  const how = ['--quiet', '--pipe', '--collect', `--unit=${unit}`, '--property=Delegate=yes'];
  // systemd replaces variables in command lines; a doubled dollar is a plain one.
  return ['systemd-run', ...how, '--', ...argv.map((word) => word.replaceAll('$', '$$$$'))];
}

/** Chooses the cluster's cgroup; under systemd it is that of the anchor's service, and its processes go to a leaf. */
async function settleCgroup(waiter: number, pid: number, paths: ClusterPaths): Promise<string> {
  const found = await hierarchies();
  const line = (await readFile(`/proc/${pid}/cgroup`, 'utf8'))
    .split('\n')
    .find((row) => row.startsWith('0::'));
  const own = line?.slice(3) ?? '/';
  if (!own.endsWith(`/${paths.cgroup}.service`)) {
    await removeCgroup(cgroupFolders(found, paths.cgroup));
    await makeCgroup(cgroupFolders(found, paths.cgroup));
    return paths.cgroup;
  }
  const leaf = `${own}/anchor`;
  const [unified = ''] = cgroupFolders(found, leaf);
  await makeCgroup([unified]);
  for (const member of [waiter, pid]) await writeFile(`${unified}/cgroup.procs`, String(member));
  return own;
}

async function writeAnchor(paths: ClusterPaths, anchor: Anchor): Promise<void> {
  await writeFileAtomic(paths.anchor, `${JSON.stringify(anchor)}\n`, { directoryMode: 0o700 });
}

/** Writes down that network and mounts are complete. */
export async function markReady(paths: ClusterPaths, anchor: Anchor): Promise<Anchor> {
  const ready = { ...anchor, ready: true };
  await writeAnchor(paths, ready);
  return ready;
}

/** The cluster's anchor if it is alive, complete or not. */
export async function findAnchor(paths: ClusterPaths): Promise<Anchor | undefined> {
  const anchor = await recordedAnchor(paths);
  return anchor !== undefined && (await isAlive(anchor)) ? anchor : undefined;
}

async function recordedAnchor(paths: ClusterPaths): Promise<Anchor | undefined> {
  const text = await readFileIfExists(paths.anchor);
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  return isAnchor(value) ? value : undefined;
}

function isAnchor(value: unknown): value is Anchor {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    typeof value.pid === 'number' &&
    'startTime' in value &&
    typeof value.startTime === 'string' &&
    'cgroup' in value &&
    typeof value.cgroup === 'string' &&
    'ready' in value &&
    typeof value.ready === 'boolean'
  );
}

/** Ends the anchor, if it is alive, and everything that lived in its namespaces; removes the cgroups. */
export async function endAnchor(paths: ClusterPaths): Promise<void> {
  const anchor = await recordedAnchor(paths);
  // The kernel keeps PID 1 of a namespace until every other process of it is gone.
  if (anchor !== undefined && !(await killAndWait(anchor, 30_000))) {
    throw sandboxErrors.error('deadline', `Process ${anchor.pid} did not die within 30 s of SIGKILL.`);
  }
  const folders = cgroupFolders(await hierarchies(), anchor?.cgroup ?? paths.cgroup);
  // Waits for the processes that waited for the anchor's: they end right after it.
  for (let tries = 0; tries < 100 && (await pidsIn(folders[0] ?? '')).length > 0; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await removeCgroup(folders);
}

/** The nsenter arguments that lead into the anchor's namespaces. */
export function entering(anchor: ProcessIdentity, kinds: readonly ('net' | 'mount' | 'pid')[]): string[] {
  return ['-t', String(anchor.pid), ...kinds.map((kind) => `--${kind}`), '--'];
}

/** Runs a program of the host in the anchor's network and mount namespaces. */
export function runInside(
  anchor: ProcessIdentity,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  return run('nsenter', [...entering(anchor, ['net', 'mount']), ...argv], options);
}
