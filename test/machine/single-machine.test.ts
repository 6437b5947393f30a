// One machine without etcd: fleet on its own store works as with one, and what was started comes back after
// a reboot and after a power cut.

import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { run } from '../../src/host/index.ts';
import { type Cluster, type Machine, waitUntilReady } from '../../src/sandbox/index.ts';
import { clusterPaths } from '../../src/sandbox/paths.ts';
import { checkout, startKeelson, temporaryFolder } from './booted.ts';

// As those of the examples, without etcd, which this machine does not have.
const files = {
  'web@1.service': `[Service]
RuntimeDirectory=web
ExecStartPre=/bin/sh -c 'echo hello >/run/web/index.html'
ExecStart=/bin/busybox httpd -f -p 8080 -h /run/web
[X-Fleet]
Conflicts=web@*.service
`,
  'follower@1.service': `[Unit]
BindsTo=web@1.service
After=web@1.service
[Service]
ExecStart=/bin/sleep infinity
[X-Fleet]
MachineOf=web@1.service
`,
  'everywhere.service': `[Service]
ExecStart=/bin/sleep infinity
[X-Fleet]
Global=true
`,
};
const units = Object.keys(files);

let cluster: Cluster;
let machine: Machine;
let folder = '';
before(async () => {
  folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  cluster = await startKeelson({ machines: 1, etcd: false });
  await waitUntilReady(cluster);
  machine = cluster.machine('m1');
});
after(async () => {
  await cluster?.down();
  await rm(folder, { recursive: true, force: true });
});

/** fleetctl of this host, through an SSH tunnel. */
async function fleetctl(...words: string[]): Promise<string> {
  const tunnel = ['--endpoint', 'unix:///run/fleet.sock', '--tunnel', 'm1'];
  const config = ['--ssh-config', clusterPaths(cluster.name).sshConfig];
  const argv = [join(checkout, 'dist/fleetctl.js'), ...tunnel, ...config, ...words];
  return (await run(process.execPath, argv, { deadlineMs: 120_000 })).stdout;
}

const isActive = async (unit: string) =>
  (await machine.exec(['systemctl', 'is-active', unit], { accept: 'any' })).stdout.trim();

async function assertAllRun(): Promise<void> {
  for (const unit of units) {
    await machine.waitFor(['systemctl', 'is-active', unit], { what: `${unit} to run` });
  }
  await machine.waitFor(['curl', '-sf', 'http://127.0.0.1:8080/']);
  const seen = async () => {
    // A daemon that was killed may take a connection along.
    const list = await fleetctl('list-units', '--no-legend', '--full', '--fields=unit,active').catch(
      () => '',
    );
    return units.every((unit) =>
      list.split('\n').some((line) => /^(\S+)\s+active$/.exec(line)?.[1] === unit),
    );
  };
  await machine.waitFor(seen, { what: 'all units in list-units' });
}

test('units are started, stopped and started over the tunnel', async () => {
  await fleetctl('start', ...units.map((unit) => join(folder, unit)));
  await assertAllRun();
  await fleetctl('stop', 'web@1.service', 'follower@1.service');
  assert.equal(await isActive('web@1.service'), 'inactive');
  await fleetctl('start', 'web@1.service', 'follower@1.service');
  await assertAllRun();
  assert.match(await fleetctl('list-machines', '--no-legend', '--full'), new RegExp(machine.machineId));
});

test('doctor says which store this is', async () => {
  const { stdout } = await machine.exec(['keelson', 'doctor'], { accept: 'any' });
  assert.match(stdout, /No etcd endpoint is configured: this machine keeps its own store/);
  assert.match(stdout, /^ok\s+fleet\s+fleet\.service runs/m);
});

test('fleetd that is killed adopts what runs', async () => {
  const pid = () => machine.exec(['systemctl', 'show', '-P', 'MainPID', 'web@1.service']);
  const before = (await pid()).stdout;
  await machine.exec(['systemctl', 'kill', '--signal=KILL', 'fleet.service']);
  await machine.waitFor(['systemctl', 'is-active', 'fleet.service']);
  await assertAllRun();
  assert.equal((await pid()).stdout, before);
});

test('after a reboot the units come back', async () => {
  await machine.stop();
  await machine.start();
  await assertAllRun();
});

test('after a power cut as well, also those that were started just before', async () => {
  await fleetctl('destroy', 'everywhere.service');
  await fleetctl('start', join(folder, 'everywhere.service'));
  await machine.kill();
  await machine.start();
  await assertAllRun();
});

test('what was stopped before a power cut stays stopped', async () => {
  await fleetctl('stop', 'web@1.service', 'follower@1.service');
  await machine.kill();
  await machine.start();
  await waitUntilReady(cluster);
  await machine.waitFor(['systemctl', 'is-active', 'everywhere.service']);
  assert.equal(await isActive('web@1.service'), 'inactive');
});
