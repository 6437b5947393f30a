// /run/update-engine/coordinator.conf: who on this machine decides about reboots, and how far it is. One program
// has it at a time, by flock(2), which a child holds for us: it takes over the lock to each new file before that
// gets the name, and ends with us.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { readFileIfExists } from '../host/index.ts';
import { locksmithErrors } from './errors.ts';

export const coordinatorPath = '/run/update-engine/coordinator.conf';

export type CoordinatorState = 'starting' | 'running' | 'reboot-planned' | 'rebooting' | 'disabled';

export interface Coordinator extends AsyncDisposable {
  update(state: CoordinatorState): Promise<void>;
}

// $1 is the file, $2 the name, $3 the strategy; a state comes with each line. Descriptor 9 has the lock.
const holder = `set -u
umask 022
exec 9>>"$1" || exit 1
flock -n 9 || { echo busy; exit 0; }
[ "$1" -ef /proc/self/fd/9 ] || { echo busy; exit 0; }
echo held
while read -r state; do
  printf 'NAME=%s\\nSTRATEGY=%s\\nSTATE=%s\\n' "$2" "$3" "$state" >"$1.new" || exit 1
  exec 8>>"$1.new" && flock 8 && mv -f "$1.new" "$1" || exit 1
  exec 9>&8 8>&-
  echo "$state"
done`;

/** Takes the file; undefined when another program has it, after which `onBusy` is told which one, if that is known. */
export async function takeCoordinator(
  strategy: string,
  onBusy: (name: string) => void,
  path = coordinatorPath,
): Promise<Coordinator | undefined> {
  await mkdir(dirname(path), { recursive: true });
  const child = spawn('sh', ['-c', holder, 'sh', path, 'locksmithd', strategy], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = () =>
    locksmithErrors.error('unavailable', `${path} could not be locked with flock, or not be written.`);
  // An error of starting it is seen by the end of its output.
  child.once('error', () => {});
  const answer = async () => (await lines.next()).value;
  const first = await answer();
  if (first === 'busy') {
    const name = /^NAME=(.*)$/m.exec((await readFileIfExists(path)) ?? '')?.[1];
    onBusy(name ?? 'another program');
    await end(child);
    return undefined;
  }
  if (first !== 'held') throw failed();
  let turn: Promise<unknown> = Promise.resolve();
  const update = async (state: CoordinatorState) => {
    child.stdin.write(`${state}\n`);
    if ((await answer()) !== state) throw failed();
  };
  return {
    update: (state) => {
      const next = turn.then(() => update(state));
      turn = next.catch(() => {});
      return next;
    },
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdin?.end();
  await closed;
}
