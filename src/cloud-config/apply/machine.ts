// What applying works on: a root directory, a service manager, and what this run has changed so far.

import { join } from 'node:path';
import type { Manager } from '../../systemd/index.ts';
import type { CommandsDone } from './manifest.ts';

export interface Machine {
  /** `/` in life. */
  readonly root: string;
  /** Names the source that the plan came from; runcmd of one source says nothing of another's. */
  readonly source?: string;
  /** Connects to the service manager on first use; an error each time when there is none. */
  manager(): Promise<Manager>;
  /** Whether we run as part of a boot that waits for us. */
  readonly booting: boolean;
  /** Until when the ends of unit commands are waited for, on the clock of `now`. */
  readonly commandsUntil: number;
  /** Which unit commands were carried out since boot. */
  readonly commandsDone: CommandsDone;
  readonly changes: Changes;
  /** Milliseconds, on a clock that never jumps. */
  readonly now: () => number;
}

/** What this run has changed; reloads and restarts depend on it. */
export interface Changes {
  readonly units: Set<string>;
  manager: boolean;
  network: boolean;
  /** Folders with new files whose names may not have reached the disk. */
  readonly folders: Set<string>;
}

/** A path of the machine as we reach it. */
export function under(machine: Machine, path: string): string {
  return join(machine.root, path);
}

/** Whether this is the machine that we run on. */
export function isLive(machine: Machine): boolean {
  return machine.root === '/';
}
