// The manager over D-Bus on a booted systemd: jobs, followed units, and what it survives.

import { test } from 'node:test';
import { startCluster } from '../../src/sandbox/index.ts';
import { checkoutBind, runInside } from './booted.ts';

test('the manager keeps its promises on a booted systemd', async () => {
  await using cluster = await startCluster({ binds: [checkoutBind] });
  await runInside(cluster.machine('m1'), 'systemd-manager.ts');
});
