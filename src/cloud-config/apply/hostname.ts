// The host name: in its file, and in the kernel. hostnamed is not asked: this early it cannot run yet.

import { writeFile } from 'node:fs/promises';
import { hostname as kernelHostname } from 'node:os';
import { readFileIfExists, writeFileAtomic } from '../../host/index.ts';
import { done, type Executor } from './executor.ts';
import { isLive, under } from './machine.ts';

export const setHostname: Executor<'set-hostname'> = {
  settled: async ({ hostname }, machine) => {
    const file = await readFileIfExists(under(machine, '/etc/hostname'));
    return file?.trim() === hostname && (!isLive(machine) || kernelHostname() === hostname);
  },
  perform: async ({ hostname }, machine) => {
    // The kernel first: where it refuses (a container without the right), the file must not claim it.
    if (isLive(machine) && kernelHostname() !== hostname) {
      await writeFile('/proc/sys/kernel/hostname', hostname);
    }
    await writeFileAtomic(under(machine, '/etc/hostname'), `${hostname}\n`);
    return done;
  },
};
