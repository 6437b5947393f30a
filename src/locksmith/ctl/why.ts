// locksmithctl why: whether this machine has to reboot, what it waits for, and what would free that.

import { CodedError } from '../../host/index.ts';
import { readHold, readState, runDirectory } from '../run-files.ts';
import type { SemaphoreStatus } from '../semaphore/model.ts';
import type { Context } from './context.ts';
import { describeHolder, describeWaiters } from './describe.ts';

export async function run({ flag, env, out, lock }: Context): Promise<number> {
  const directory = env.LOCKSMITH_RUN_DIRECTORY ?? runDirectory;
  const state = readState(directory);
  const hold = readHold(Date.now(), directory);
  let semaphore: SemaphoreStatus | undefined;
  let trouble: string | undefined;
  if (state === undefined || state.strategy === 'etcd-lock') {
    try {
      semaphore = await (await lock()).status();
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      trouble = error.message;
    }
  }
  if (flag('json') === 'true') {
    out(
      `${JSON.stringify({ daemon: state ?? null, hold: hold ?? null, lock: semaphore ?? null, ...(trouble === undefined ? {} : { trouble }) })}\n`,
    );
    return 0;
  }
  const lines = [daemonLine(state)];
  if (state?.waitsFor !== undefined) lines.push(state.waitsFor);
  if (state?.lock !== undefined) lines.push(state.lock);
  if (hold !== undefined) {
    const about = hold.reason === undefined ? '' : `: ${hold.reason}`;
    lines.push(
      `${hold.by} holds reboots back since ${hold.since}${hold.until === undefined ? '' : ` until ${hold.until}`}${about}; "locksmithctl cancel --undo" ends that.`,
    );
  }
  if (semaphore !== undefined) {
    const places = semaphore.max === 1 ? 'one place' : `${semaphore.max} places`;
    lines.push(`The reboot lock has ${places}; ${semaphore.available} free.`);
    for (const holder of semaphore.holders) lines.push(describeHolder(holder, semaphore.group));
    lines.push(...describeWaiters(semaphore));
  }
  if (trouble !== undefined) lines.push(`The reboot lock cannot be seen: ${trouble}`);
  out(lines.map((line) => `${line}\n`).join(''));
  return 0;
}

function daemonLine(state: ReturnType<typeof readState>): string {
  if (state === undefined) {
    return 'locksmithd does not run on this machine, so nothing of it reboots by itself ("systemctl status locksmithd" says more).';
  }
  if (state.reason === undefined) return `This machine does not have to reboot (strategy ${state.strategy}).`;
  return `This machine has to reboot: ${state.reason} (strategy ${state.strategy}, ${state.phase} since ${state.since}).`;
}
