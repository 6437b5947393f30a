// The cgroups of a cluster. nspawn makes `payload` and `supervisor` below the one it is started in, and
// leaves them behind; so each machine starts in a folder of ours, which we can freeze, kill and remove.
//
//   BASE/boot-m1   the loop that boots the machine again when it reboots
//   BASE/m1        nspawn, and in m1/payload the machine

import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../host/index.ts';
import { sandboxErrors } from './errors.ts';

/** The cgroup hierarchies that systemd uses for tracking: version 2, and version 1's named one beside it. */
export interface Hierarchies {
  readonly unified: string;
  readonly named: string | undefined;
}

/** Reads a mount table as in /proc/self/mounts. Throws `sandbox.tools` without cgroup version 2. */
export function hierarchiesOf(mounts: string): Hierarchies {
  const rows = mounts.split('\n').map((line) => line.split(' '));
  const unified = rows.find((row) => row[2] === 'cgroup2')?.[1];
  const named = rows.find((row) => row[2] === 'cgroup' && row[3]?.split(',').includes('name=systemd'))?.[1];
  if (unified === undefined) {
    throw sandboxErrors.error('tools', 'This host has no cgroup version 2 hierarchy mounted.', {
      hint: 'mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified',
    });
  }
  return { unified, named };
}

/** The hierarchies of this host. */
export async function hierarchies(): Promise<Hierarchies> {
  return hierarchiesOf(await readFile('/proc/self/mounts', 'utf8'));
}

/** The folders of the cgroup `path` in every hierarchy; version 2 first. */
export function cgroupFolders(found: Hierarchies, path: string): string[] {
  return [found.unified, ...(found.named === undefined ? [] : [found.named])].map((root) => join(root, path));
}

/** All pids in a cgroup and below it, as the host counts them. */
export async function pidsIn(folder: string): Promise<number[]> {
  const own = (await readOr(join(folder, 'cgroup.procs'))).split('\n').filter((line) => line !== '');
  const below = await Promise.all((await subfolders(folder)).map((name) => pidsIn(join(folder, name))));
  return [...own.map(Number), ...below.flat()];
}

/** SIGKILL to everything in a version 2 cgroup and below; returns when nothing is left. */
export async function killCgroup(folder: string, timeoutMs = 60_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  // Linux before 5.14 has no cgroup.kill.
  const whole = await writeFile(join(folder, 'cgroup.kill'), '1').then(
    () => true,
    () => false,
  );
  for (;;) {
    const pids = await pidsIn(folder);
    if (pids.length === 0) return;
    if (!whole) pids.forEach(killQuietly);
    if (Date.now() > end) {
      throw sandboxErrors.error('deadline', `Processes in ${folder} did not die: ${pids.join(', ')}.`);
    }
    await sleep(20);
  }
}

/** Freezes or thaws a version 2 cgroup and waits until the kernel says so. */
export async function freezeCgroup(folder: string, frozen: boolean): Promise<void> {
  await writeFile(join(folder, 'cgroup.freeze'), frozen ? '1' : '0');
  const wanted = `frozen ${frozen ? 1 : 0}`;
  // What waits for a disk freezes once it has got its answer: on a busy host that takes a while.
  const end = Date.now() + 60_000;
  while (Date.now() < end) {
    if ((await readOr(join(folder, 'cgroup.events'))).includes(wanted)) return;
    await sleep(20);
  }
  throw sandboxErrors.error('deadline', `${folder} did not ${frozen ? 'freeze' : 'thaw'} within 60 s.`);
}

/** Whether a version 2 cgroup has been told to freeze. */
export async function isFrozen(folder: string): Promise<boolean> {
  return (await readOr(join(folder, 'cgroup.freeze'))).trim() === '1';
}

export async function makeCgroup(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await mkdir(folder, { recursive: true });
}

/** Removes cgroups and all below them; they must hold no process. Missing ones are fine. */
export async function removeCgroup(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await removeTree(folder, Date.now() + 30_000);
}

async function removeTree(folder: string, end: number): Promise<void> {
  for (const name of await subfolders(folder)) await removeTree(join(folder, name), end);
  try {
    await rmdir(folder);
  } catch (error) {
    // A process that has just died still counts for a moment.
    if (errnoOf(error) === 'EBUSY' && Date.now() < end) {
      await sleep(20);
      await removeTree(folder, end);
    } else if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

async function subfolders(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function readOr(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // A cgroup can go while it is being read.
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENODEV') return '';
    throw error;
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}
