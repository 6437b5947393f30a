// The host name: in its file, and in the kernel. hostnamed is not asked: this early it cannot run yet.

import { writeFile } from 'node:fs/promises';
import { hostname as kernelHostname } from 'node:os';
import { readFileIfExists, run } from '../../host/index.ts';
import { done, type Executor } from './executor.ts';
import { isLive, under } from './machine.ts';
import { writeWhole } from './whole.ts';

export const setHostname: Executor<'set-hostname'> = {
  settled: async ({ hostname }, machine) => {
    const file = await readFileIfExists(under(machine, '/etc/hostname'));
    return file?.trim() === hostname && (!isLive(machine) || kernelHostname() === hostname);
  },
  perform: async ({ hostname }, machine) => {
    await writeWhole(under(machine, '/etc/hostname'), `${hostname}\n`);
    if (isLive(machine) && kernelHostname() !== hostname) await setInKernel(hostname);
    return done;
  },
};

async function setInKernel(hostname: string): Promise<void> {
  try {
    await writeFile('/proc/sys/kernel/hostname', hostname);
  } catch {
    // A container may set its name, but its /proc/sys is read-only: the system call it is.
    await run('hostname', [hostname], { deadlineMs: 10_000 });
  }
}
