// Machines booted again within their lease, or without the store, and daemons killed over and over: what they
// had runs on, and once.

import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import type { Machine } from '../../src/sandbox/index.ts';
import { assertCalm, bootFleet, type FleetCluster, sh, template } from './fleet-cluster.ts';

// Long enough to boot a machine in, on a busy host.
const leaseMs = 40_000;
const names = [1, 2, 3, 4, 5, 6].map((number) => `app@${number}.service`);

let fleet: FleetCluster;
before(async () => {
  const content = `agent_ttl=${leaseMs / 1000}s\ncut_off_start=5s\n`;
  fleet = await bootFleet({ fragment: { write_files: [{ path: '/etc/fleet/fleet.conf', content }] } });
  await fleet.ready();
  await fleet.unit('app@.service', template('App %i'));
  await fleet.unit('all.service', template('All', 'Global=true'));
  await fleet.ok(fleet.m1, 'start', ...names, 'all.service');
  await fleet.untilRunning(names, 'app@*');
});
after(async () => {
  await fleet?.[Symbol.asyncDispose]();
});

const active = 'systemctl list-units --plain --no-legend --state=active "app@*" all.service | wc -l';
const leaseOf = (via: Machine, { machineId }: Machine) =>
  sh(
    via,
    `ETCDCTL_API=3 etcdctl get /keelson/fleet/machine/$1 -w json | grep -o '"lease":[0-9]*'`,
    machineId,
  );
const entriesOf = (via: Machine, { machineId }: Machine) =>
  sh(
    via,
    'ETCDCTL_API=3 etcdctl get --prefix /keelson/fleet/schedule/$1/ -w json | grep -o \'"kvs".*\'',
    machineId,
  );
const own = async (machine: Machine, path: string): Promise<unknown> =>
  JSON.parse(await sh(machine, `curl -sS --unix-socket /run/fleet.sock http://fleet${path}`));

test('a daemon killed and started at once, three times: no unit notices', async () => {
  const before_ = await fleet.untilRunning(names, 'app@*');
  for (let round = 0; round < 3; round++) {
    const pid = await sh(fleet.m2, 'systemctl show -P MainPID fleet.service');
    await sh(fleet.m2, 'systemctl kill --kill-who=main -s KILL fleet.service; systemctl start fleet.service');
    // systemd may take the start as done, as long as it has not heard of the end.
    await fleet.m2.waitFor(
      async () => !['0', pid].includes(await sh(fleet.m2, 'systemctl show -P MainPID fleet.service')),
    );
    await fleet.m2.waitFor(async () => (await fleet.ctl(fleet.m2, 'list-machines')).status === 0);
  }
  assert.deepEqual(await fleet.untilRunning(names, 'app@*'), before_);
});

test('a machine that loses power and is booted within its lease starts its units; nothing moves', async (t: TestContext) => {
  const { m1, m3 } = fleet;
  const lease = await leaseOf(m1, m3);
  const entries = await entriesOf(m1, m3);
  const begin = performance.now();
  await m3.kill();
  await m3.start();
  const booted = performance.now();
  const mine = (await fleet.places('app@*')).size;
  await m3.waitFor(async () => (await sh(m3, active)) === '3', { timeoutMs: 60_000, intervalMs: 100 });
  t.diagnostic(
    `booted after ${Math.round(booted - begin)} ms, its units active ${Math.round(performance.now() - booted)} ms later (${mine})`,
  );
  assert.equal(await leaseOf(m1, m3), lease);
  assert.equal(await entriesOf(m1, m3), entries);
  await fleet.ready();
  await fleet.untilRunning(names, 'app@*');
});

test('a machine that is booted without the store starts what it had, and keeps it when the store is back', async (t: TestContext) => {
  const { m1, m2, m3 } = fleet;
  const before_ = await fleet.untilRunning(names, 'app@*');
  await m3.waitFor(['grep', '-q', 'all.service', '/var/lib/fleet/schedule']);
  for (const machine of [m1, m2]) await sh(machine, 'systemctl stop etcd2.service');
  await m3.kill();
  const begin = performance.now();
  // Its boot is at an end when etcd is up, and that is when it finds the others.
  const started = m3.start();
  started.catch(() => {});
  await m3.waitFor(async () => (await sh(m3, active).catch(() => '')) === '3', {
    timeoutMs: 120_000,
    intervalMs: 200,
  });
  t.diagnostic(`its units ran ${Math.round(performance.now() - begin)} ms after the power came back`);
  const status = await own(m3, '/fleet/v2/local');
  assert.partialDeepStrictEqual(status, { storeConnected: false, machineID: m3.machineId });
  assert.match(JSON.stringify(status), /"cutOff":\{"confirmedAt":"20/);
  const destroy =
    'curl -sS -X DELETE -w %{http_code} --unix-socket /run/fleet.sock http://fleet/fleet/v1/units/app@1.service';
  assert.match(await sh(m3, destroy), /unable to communicate with etcd.*503$/s);
  const cut = await fleet.places('app@*');
  for (const [name, place] of before_) assert.equal(cut.get(name)?.machine, place.machine, name);
  await Promise.all([m1, m2].map((machine) => sh(machine, 'systemctl start etcd2.service')));
  await started;
  await fleet.ready();
  const answers = async () => (await fleet.ctl(m3, 'list-machines')).status === 0;
  await m3.waitFor(async () => (await answers()) && (await fleet.listed(m3)).length === 3, {
    timeoutMs: 90_000,
  });
  assert.deepEqual(await fleet.untilRunning(names, 'app@*'), cut);
  await m3.waitFor(async () => !/cutOff/.test(JSON.stringify(await own(m3, '/fleet/v2/local'))));
});

test('at the end the journals are calm and nothing has failed', async () => {
  await assertCalm(fleet.cluster);
});
