// Which process a pid was written down for: a pid alone is reused, a pid with its start time is not.

import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../host/index.ts';

export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks after the host's boot. */
  readonly startTime: string;
}

interface Stat extends ProcessIdentity {
  readonly parent: number;
  readonly state: string;
}

async function stat(pid: number): Promise<Stat | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in parentheses and may itself hold spaces and parentheses.
    const [state = '', parent = '', ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid, state, parent: Number(parent), startTime: rest[17] ?? '' };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return undefined;
    throw error;
  }
}

/** The identity of a living process, or undefined. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const found = await stat(pid);
  return found === undefined || found.state === 'Z'
    ? undefined
    : { pid: found.pid, startTime: found.startTime };
}

/** Whether that very process is alive. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await identify(identity.pid))?.startTime === identity.startTime;
}

/** The children of a process. */
export async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const stats = await Promise.all(pids.map(stat));
  return stats.filter((entry) => entry?.parent === parent).map((entry) => entry?.pid ?? 0);
}

/** SIGKILL to that very process; true once it is gone, false if it is not after `timeoutMs`. */
export async function killAndWait(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const end = Date.now() + timeoutMs;
  while (await isAlive(identity)) {
    if (Date.now() > end) return false;
    try {
      process.kill(identity.pid, 'SIGKILL');
    } catch (error) {
      if (errnoOf(error) !== 'ESRCH') throw error;
    }
    await sleep(20);
  }
  return true;
}
