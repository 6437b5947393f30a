// Machines with keelson, configured by nothing but their cloud-config.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { run } from '../../src/host/index.ts';
import { keelsonSoftware, startCluster, waitUntilReady } from '../../src/sandbox/index.ts';
import { temporaryFolder } from './booted.ts';

const home = resolve(import.meta.dirname, '../..');

let folder = '';
before(async () => {
  folder = await temporaryFolder();
  process.env.KEELSON_SANDBOX_STATE = join(folder, 'state');
  process.env.KEELSON_SANDBOX_RUN = join(folder, 'run');
  // The launcher bundles what the package is made of.
  await run(join(home, 'bin/keelson'), ['--version'], { deadlineMs: 120_000 });
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('three machines find each other through their cloud-configs', { timeout: 300_000 }, async () => {
  await using cluster = await startCluster({
    software: keelsonSoftware(home),
    machines: [{ metadata: { role: 'web' } }, {}, {}],
  });
  await waitUntilReady(cluster);
  const m1 = cluster.machine('m1');
  assert.equal((await m1.exec(['hostname'])).stdout, 'm1\n');
  const machines = (await m1.exec(['fleetctl', 'list-machines', '--no-legend', '--full'])).stdout;
  for (const { machineId, address } of cluster.machines)
    assert.match(machines, new RegExp(`${machineId}.*${address}`));
  assert.match(machines, /role=web/);

  const m3 = cluster.machine('m3');
  await m3.kill();
  await m3.start();
  await waitUntilReady(cluster);
});

test('a machine with a cloud-config of the user is what that says', { timeout: 120_000 }, async () => {
  const cloudConfig =
    '#cloud-config\nhostname: mine\nwrite_files:\n  - path: /etc/mine\n    content: hello\n';
  await using cluster = await startCluster({
    name: 'own',
    software: keelsonSoftware(home),
    machines: [{ cloudConfig }],
  });
  const m1 = cluster.machine('m1');
  assert.equal((await m1.exec(['hostname'])).stdout, 'mine\n');
  assert.equal(await m1.readFile('/etc/mine'), 'hello');
  const config = join(folder, 'run/own/ssh_config');
  assert.equal((await run('ssh', ['-F', config, 'm1', 'id', '-un'])).stdout, 'core\n');
});
