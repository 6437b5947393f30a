// Readiness, socket activation, journal and logind on a booted systemd.

import { test } from 'node:test';
import { startCluster } from '../../src/sandbox/index.ts';
import { checkoutBind, runInside } from './booted.ts';

test('a service gets on with a booted systemd', async () => {
  await using cluster = await startCluster({ binds: [checkoutBind] });
  const machine = cluster.machine('m1');
  await runInside(machine, 'systemd-services.ts');
  // The program that asks goes down with the machine.
  await Promise.allSettled([runInside(machine, 'power-off.ts')]);
  await machine.waitFor(async () => (await machine.state()) === 'stopped', {
    timeoutMs: 120_000,
    what: 'its end',
  });
});
