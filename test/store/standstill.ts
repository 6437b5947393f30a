// A process that stands still, for certain: SIGSTOP is on its way when kill returns, and on a busy host a thread that
// runs may answer one more request.

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Sends SIGSTOP, and returns once every thread of the process has stopped. */
export async function standStill(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  for (let tries = 0; tries < 6000; tries++) {
    if (threadStates(pid).every((state) => state === 'T' || state === 'ended')) return;
    await sleep(10);
  }
  throw new Error(`process ${pid} did not stop: ${threadStates(pid).join('')}`);
}

function threadStates(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    try {
      const text = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
      // The name before it is in parentheses, and may hold any character.
      return text[text.lastIndexOf(')') + 2] ?? '';
    } catch {
      return 'ended';
    }
  });
}
