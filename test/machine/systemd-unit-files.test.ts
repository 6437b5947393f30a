// The grammar of unit files against the parser of a booted systemd.

import { test } from 'node:test';
import { startCluster } from '../../src/sandbox/index.ts';
import { checkoutBind, runInside } from './booted.ts';

test('unit files are read as a booted systemd reads them', async () => {
  await using cluster = await startCluster({ binds: [checkoutBind] });
  await runInside(cluster.machine('m1'), 'systemd-unit-files.ts');
});
