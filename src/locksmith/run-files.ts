// Where locksmithd and locksmithctl meet on a machine: what the daemon does and waits for, and that a person holds
// it back. Both end with the boot.

import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { errnoOf, replaceVolatileFile } from '../host/index.ts';

export const runDirectory = '/run/locksmith';

/** What the daemon is at. */
export type Phase =
  | 'idle'
  /** Not before its window opens. */
  | 'waiting-window'
  /** Somebody else has the lock, or it cannot be asked for. */
  | 'waiting-lock'
  /** A person or a program holds the reboot back. */
  | 'held-back'
  /** Hooks, drain, warning. */
  | 'preparing'
  | 'rebooting'
  /** The lock is held from before, and not given back yet. */
  | 'releasing';

/** What it tells of itself. Sentences are for people. */
export interface DaemonState {
  readonly phase: Phase;
  readonly strategy: string;
  /** Why the machine has to reboot; absent when it has not to. */
  readonly reason?: string;
  /** What is waited for, and what would end that. */
  readonly waitsFor?: string;
  /** Since when it is in this phase. ISO 8601. */
  readonly since: string;
  /** When it acts or looks again, if that is known. */
  readonly until?: string;
  /** Why the lock that is held from before is not given back. */
  readonly lock?: string;
  /** The variables that say when it may reboot, as it was given them. */
  readonly windows: Readonly<Record<string, string>>;
}

/** A reboot that is held back. */
export interface Hold {
  readonly since: string;
  /** Without it: until the next boot. */
  readonly until?: string;
  readonly by: string;
  readonly reason?: string;
}

const statePath = (directory: string) => `${directory}/state.json`;
export const holdPath = (directory = runDirectory) => `${directory}/hold.json`;

export function writeState(state: DaemonState, directory = runDirectory): void {
  replaceVolatileFile(statePath(directory), `${JSON.stringify(state)}\n`);
}

/** The daemon's state, or undefined when it does not run or has not said anything. */
export function readState(directory = runDirectory): DaemonState | undefined {
  const value = readJson(statePath(directory));
  return isObject(value) && typeof value.phase === 'string' ? (value as unknown as DaemonState) : undefined;
}

export function writeHold(hold: Hold, directory = runDirectory): void {
  replaceVolatileFile(holdPath(directory), `${JSON.stringify(hold)}\n`);
}

/** The hold that is in force at that moment. */
export function readHold(nowMs: number, directory = runDirectory): Hold | undefined {
  const value = readJson(holdPath(directory));
  if (!isObject(value) || typeof value.since !== 'string') return undefined;
  const hold = value as unknown as Hold;
  return hold.until !== undefined && Date.parse(hold.until) <= nowMs ? undefined : hold;
}

/** False when there was none. */
export async function removeHold(directory = runDirectory): Promise<boolean> {
  try {
    await rm(holdPath(directory));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

export async function removeState(directory = runDirectory): Promise<void> {
  await rm(statePath(directory), { force: true });
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
