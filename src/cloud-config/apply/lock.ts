// One run at a time: a file that holds the number and the start time of the process that applies. It lives
// in /run, so that a boot never meets the lock of the boot before.

import { randomUUID } from 'node:crypto';
import { link, mkdir, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf, monotonicMs, readFileIfExists, run } from '../../host/index.ts';
import { cloudConfigErrors } from '../errors.ts';

/**
 * Takes the lock, waiting for another run up to `waitMs`; throws `cloud-config.locked` after that.
 * A lock whose process is gone is taken over.
 */
export async function acquireLock(path: string, waitMs: number): Promise<AsyncDisposable> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const own = `${path}.${randomUUID()}`;
  await writeFile(own, `${process.pid} ${await startTimeOf(process.pid)}\n`, { flag: 'wx' });
  const deadline = monotonicMs() + waitMs;
  try {
    for (;;) {
      if (await linked(own, path)) return { [Symbol.asyncDispose]: () => unlink(path) };
      const holder = (await readFileIfExists(path)) ?? '';
      if (holder !== '' && !(await isAlive(holder))) {
        await removeStale(path, holder);
        continue;
      }
      if (monotonicMs() > deadline) {
        throw cloudConfigErrors.error(
          'locked',
          `Another run (process ${holder.split(' ')[0]}) is still applying.`,
        );
      }
      await sleep(100);
    }
  } finally {
    await unlink(own).catch(() => {});
  }
}

async function linked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Two waiters may both see the dead holder, and a third may hold the lock by the time the second removes it.
 * So those who remove take turns, by flock(2) on the folder, and only what still is the dead one's is removed.
 */
async function removeStale(path: string, holder: string): Promise<void> {
  const remove = '[ "$(cat "$1" 2>/dev/null)" != "$2" ] || rm -f "$1"';
  await run('flock', [dirname(path), 'sh', '-c', remove, 'sh', path, holder.trimEnd()]);
}

async function isAlive(holder: string): Promise<boolean> {
  const [pid = '', started = ''] = holder.trim().split(' ');
  return (await startTimeOf(Number(pid))) === started;
}

/** When a process was started, in the kernel's clock ticks; empty when there is none. */
export async function startTimeOf(pid: number): Promise<string> {
  const stat = await readFileIfExists(`/proc/${pid}/stat`).catch(() => undefined);
  // The second field, the program's name, may hold blanks and parentheses.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
