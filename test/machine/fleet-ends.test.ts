// How units end on booted machines: once, elsewhere, in time, and without leaving anything behind.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Machine } from '../../src/sandbox/index.ts';
import { assertCalm, bootFleet, type FleetCluster, sh, template } from './fleet-cluster.ts';

let fleet: FleetCluster;
before(async () => {
  fleet = await bootFleet();
  await fleet.ready();
});
after(async () => {
  await fleet?.[Symbol.asyncDispose]();
});

const property = async (machine: Machine, unit: string, name: string) =>
  sh(machine, 'systemctl show -P "$2" -- "$1"', unit, name);
const isActive = async (machine: Machine, unit: string) =>
  (await property(machine, unit, 'ActiveState').catch(() => '')) === 'active';
const places = async (unit: string): Promise<Machine[]> => {
  const found: Machine[] = [];
  for (const machine of fleet.cluster.machines) if (await isActive(machine, unit)) found.push(machine);
  return found;
};

test('a oneshot that has run is not run again when its machine is booted anew, but when that is wanted', async () => {
  const { m1, m3 } = fleet;
  const run = "/bin/sh -c 'echo ran >> /var/tmp/job'";
  const on = `[X-Fleet]\nMachineID=${m3.machineId}\n`;
  await fleet.unit('job.service', `[Service]\nType=oneshot\nExecStart=${run}\n\n${on}`);
  await fleet.unit('beside.service', `[Service]\nExecStart=/bin/sleep infinity\n\n${on}`);
  await fleet.ok(m1, 'start', 'job', 'beside');
  await m1.waitFor(async () => /"finished"/.test(await sh(m1, statusOf('job.service'))));
  assert.equal(await sh(m3, 'cat /var/tmp/job'), 'ran');
  // Long enough to boot in on a busy host: a oneshot that has run is not given back to a machine that was lost.
  await withLease(m3, 'agent_ttl=40s');
  await m3.kill();
  await m3.start();
  await m3.waitFor(async () => await isActive(m3, 'beside.service'), { timeoutMs: 120_000 });
  await m3.waitFor(async () => (await property(m3, 'job.service', 'LoadState')) === 'loaded');
  await fleet.ready();
  await m1.waitFor(async () => /"reached":"launched"/.test(await sh(m1, statusOf('job.service'))));
  assert.equal(await sh(m3, 'cat /var/tmp/job'), 'ran');
  await fleet.ok(m1, 'restart', 'job');
  assert.equal(await sh(m3, 'cat /var/tmp/job'), 'ran\nran');
  await withLease(m3, '');
});

/** Has the machine go on with a lease of that configuration. */
async function withLease(machine: Machine, line: string): Promise<void> {
  const lease = () =>
    sh(
      fleet.m1,
      `ETCDCTL_API=3 etcdctl get /keelson/fleet/machine/$1 -w json | grep -o '"lease":[0-9]*'`,
      machine.machineId,
    );
  const before_ = await lease();
  await machine.writeFile('/etc/fleet/fleet.conf', `${line}\n`);
  await sh(machine, 'systemctl reload fleet.service');
  await machine.waitFor(async () => !['', before_].includes(await lease()), { what: `a lease of "${line}"` });
}

const statusOf = (name: string) =>
  `curl -sS --unix-socket /run/fleet.sock 'http://fleet/fleet/v2/units?name=${name}'`;

test('a unit that fails three times on a machine is tried on the next, until it runs', async () => {
  const { m1, m3 } = fleet;
  await sh(m3, 'touch /run/works-here');
  const content = `[Unit]\nStartLimitIntervalSec=0\n
[Service]\nExecStart=/bin/sh -c 'test -e /run/works-here && exec sleep infinity'
Restart=always\nRestartSec=100ms\n\n[X-Fleet]\nMoveAfterFailures=3\n`;
  await fleet.unit('picky.service', content);
  await fleet.ctl(m1, 'start', '--no-block', 'picky');
  await m3.waitFor(async () => await isActive(m3, 'picky.service'), { timeoutMs: 60_000 });
  await m1.waitFor(async () => (await places('picky.service')).join() === [m3].join());
  const why = await fleet.ok(m1, 'why', 'picky');
  if (!/Least loaded of all machines \(/.test(why)) assert.match(why, /It failed [3-9] times on/);
});

/** When systemd last said so of one.service, in microseconds. */
async function loggedAt(machine: Machine, word: string): Promise<number> {
  const script =
    'journalctl --sync; journalctl -b -u one.service -o json | grep "\\"MESSAGE\\":\\"$1 one" | tail -1';
  const line = await sh(machine, script, word);
  return Number(/"__MONOTONIC_TIMESTAMP":"(\d+)"/.exec(line)?.[1] ?? 0);
}

test('a machine without a network stops what must not run twice before it starts elsewhere', async (t) => {
  const { m1, m3 } = fleet;
  await fleet.unit('one.service', template('One', 'WhenCutOff=stop'));
  await fleet.ok(m1, 'start', 'one');
  const [home] = await places('one.service');
  assert.ok(home !== undefined);
  const others = fleet.cluster.machines.filter((machine) => machine !== home);
  const witness = home === m1 ? m3 : m1;
  await home.cut();
  let next: Machine | undefined;
  await witness.waitFor(
    async () => {
      for (const machine of others) if (await isActive(machine, 'one.service')) next = machine;
      return next !== undefined;
    },
    { timeoutMs: 90_000, intervalMs: 100 },
  );
  assert.ok(next !== undefined);
  // Machines of one host share its monotonic clock.
  assert.notEqual(await property(home, 'one.service', 'ActiveState'), 'active');
  const stopped = await loggedAt(home, 'Stopped');
  const began = await loggedAt(next, 'Started');
  t.diagnostic(`stopped ${Math.round((began - stopped) / 1000)} ms before it ran elsewhere`);
  assert.ok(stopped > 0 && stopped < began, `stopped at ${stopped}, began at ${began}`);
  await home.heal();
  await home.waitFor(async () => (await fleet.listed(witness)).length === 3, { timeoutMs: 90_000 });
  await home.waitFor(async () => (await property(home, 'one.service', 'LoadState')) === 'not-found');
  assert.equal((await places('one.service')).length, 1);
});

test('destroyed units run ExecStop and ExecStopPost to their end, and leave nothing, with fleetd or without it', async () => {
  const { m1, m2 } = fleet;
  const names = [1, 2, 3, 4, 5, 6].map((number) => `slow@${number}.service`);
  const content = `[Service]\nExecStart=/bin/sleep infinity
ExecStop=/bin/sh -c 'sleep 2; echo stop >> /var/tmp/%n'
ExecStopPost=/bin/sh -c 'sleep 1; echo post >> /var/tmp/%n'\n\n[Install]\nWantedBy=multi-user.target\n`;
  await fleet.unit('slow@.service', content);
  await fleet.ok(m1, 'start', ...names);
  const running = await fleet.untilRunning(names, 'slow@*');
  // One daemon learns of it when it is back.
  await sh(m2, 'systemctl stop fleet.socket fleet.service');
  await fleet.ok(m1, 'destroy', '--no-block', 'slow@.service', ...names);
  await sh(m2, 'systemctl start fleet.socket fleet.service');
  const left = `find /run/systemd/system /etc/systemd/system /run/fleet -name 'slow@*' -print;
    systemctl list-units --all --plain --no-legend 'slow@*'`;
  for (const machine of fleet.cluster.machines) {
    await machine.waitFor(async () => (await sh(machine, left)) === '', { timeoutMs: 60_000 });
  }
  for (const [name, place] of running) {
    const machine = fleet.cluster.machine(place.machine);
    assert.equal(await sh(machine, 'cat "/var/tmp/$1"', name), 'stop\npost', name);
  }
  const stored =
    'for kind in unit schedule state outcome; do ETCDCTL_API=3 etcdctl get --prefix --keys-only /keelson/fleet/$kind/; done | grep slow@';
  await m1.waitFor(async () => (await sh(m1, stored)) === '');
  await m1.waitFor(
    async () =>
      (await sh(
        m1,
        'ETCDCTL_API=3 etcdctl get --prefix /keelson/fleet/content/ | grep -c "sleep 2; echo stop"',
      )) === '0',
  );
  for (const machine of fleet.cluster.machines) {
    await machine.waitFor(async () => (await sh(machine, 'grep -c slow@ /var/lib/fleet/schedule')) === '0');
  }
});

test('at the end the journals are calm and nothing has failed', async () => {
  await assertCalm(fleet.cluster);
});
