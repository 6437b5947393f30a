// User-data that is a script: kept in the workspace and run by systemd as a unit of its own, so that it
// outlives us and has its own journal.

import { createHash } from 'node:crypto';
import { readFileIfExists, run } from '../../host/index.ts';
import { done, type Executor } from './executor.ts';
import { isLive, under } from './machine.ts';
import { writeWhole } from './whole.ts';

const workspace = '/var/lib/coreos-cloudinit';

export const runScript: Executor<'run-script'> = {
  settled: async () => false,
  perform: async ({ script }, machine) => {
    // Named by its content: the same script on every boot is one file.
    const digest = createHash('sha256').update(script).digest('hex').slice(0, 16);
    const path = `${workspace}/scripts/${digest}`;
    if ((await readFileIfExists(under(machine, path))) !== script) {
      await writeWhole(under(machine, path), script, { mode: 0o744 });
    }
    const unit = `coreos-cloudinit-${digest}.service`;
    await writeWhole(under(machine, `${workspace}/scripts/unit-name`), unit);
    if (isLive(machine)) {
      const options = ['--no-block', '--collect', `--unit=${unit}`, '--property=Type=oneshot', '--quiet'];
      await run('systemd-run', [...options, '--', '/bin/bash', path], { deadlineMs: 30_000 });
    }
    return done;
  },
};
