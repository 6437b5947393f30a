// locksmithctl send-need-reboot: what update-engine says when an update waits for a reboot, for tests.

import { setTimeout as sleep } from 'node:timers/promises';
import { connectBus } from '../../systemd/index.ts';
import type { Context } from './context.ts';

export async function run(_context: Context): Promise<number> {
  await using bus = await connectBus();
  await bus.emit({
    path: '/com/coreos/update1',
    interface: 'com.coreos.update1.Manager',
    member: 'StatusUpdate',
    signature: 'xdssx',
    body: [0n, 0, 'UPDATE_STATUS_UPDATED_NEED_REBOOT', '', 0n],
  });
  // Who hears it asks the bus whose it is, and the bus knows only who is there.
  await sleep(1_000);
  return 0;
}
