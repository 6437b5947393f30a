// fleetctl on three booted machines: what a start, a restart, a replacement and a list that is followed really do.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readLines } from '../../src/http/lines.ts';
import {
  assertCalm,
  bootFleet,
  checkout,
  type FleetCluster,
  type Running,
  sh,
  template,
} from './fleet-cluster.ts';

let fleet: FleetCluster;
before(async () => {
  fleet = await bootFleet({});
  await fleet.ready();
});
after(async () => {
  await fleet?.[Symbol.asyncDispose]();
});

const only = async (name: string): Promise<Running> =>
  (await fleet.places(name)).get(name) ?? assert.fail(`${name} does not run`);

test('start waits for slow units and oneshots, and says which failed, how to look, and which no machine takes', async () => {
  const { m1 } = fleet;
  await fleet.unit(
    'slow.service',
    '[Service]\nType=notify\nNotifyAccess=all\nExecStart=/bin/sh -c "sleep 3; systemd-notify --ready; exec sleep infinity"\n',
  );
  await fleet.unit(
    'once.service',
    '[Service]\nType=oneshot\nExecStart=/bin/sh -c "sleep 1; echo finished"\n',
  );
  await fleet.unit('bad.service', '[Service]\nType=oneshot\nExecStart=/bin/false\n');
  await fleet.unit('nowhere.service', template('Nowhere', 'MachineMetadata=rack=none'));
  const good = await fleet.ctl(m1, 'start', 'slow', 'once');
  assert.equal(good.status, 0, good.stderr);
  assert.match(good.stdout, /Unit slow\.service launched on /);
  assert.match(good.stdout, /Unit once\.service launched on /);
  assert.equal(
    (await fleet.ok(m1, 'list-units', '--no-legend', '--fields=active', 'slow')).includes('active'),
    true,
  );
  const bad = await fleet.ctl(m1, 'start', 'bad');
  assert.equal(bad.status, 1);
  assert.match(bad.stderr, /^Unit bad\.service failed on .*exit-code/);
  assert.match(bad.stderr, /See "fleetctl status bad\.service" and "fleetctl journal bad\.service"\./);
  const words = ['start', '--block-attempts=2', 'nowhere'];
  await fleet.untilRefused(m1, words, /^Unit nowhere\.service waits: .*rack=none/);
  const waiting = await fleet.ok(
    m1,
    'list-units',
    '--all',
    '--no-legend',
    '--fields=unit,machine,active,waiting',
  );
  assert.match(waiting, /^nowhere\.service\t+-\t+-\t+No machine has .*rack=none/m);
  await fleet.ok(m1, 'destroy', 'slow', 'once', 'bad', 'nowhere');
});

test('a restart is one: another process on the same machine, and what is bound to the unit comes back with it', async () => {
  const { m1 } = fleet;
  await fleet.unit('app.service', template('App'));
  await fleet.unit(
    'side.service',
    '[Unit]\nBindsTo=app.service\nAfter=app.service\n[Service]\nExecStart=/bin/sleep infinity\n[X-Fleet]\nMachineOf=app.service\n',
  );
  await fleet.ok(m1, 'start', 'app', 'side');
  const [app, side] = [await only('app.service'), await only('side.service')];
  assert.match(await fleet.ok(m1, 'restart', 'app'), /^Unit app\.service launched on /);
  const again = await only('app.service');
  assert.equal(again.machine, app.machine);
  assert.notEqual(again.pid, app.pid);
  const machine = fleet.cluster.machine(app.machine);
  await machine.waitFor(['systemctl', 'is-active', '--quiet', 'side.service']);
  assert.notEqual((await only('side.service')).pid, side.pid);
  await fleet.ok(m1, 'destroy', 'side');
});

test('a changed file replaces the unit where it is; one that no machine takes leaves it running', async () => {
  const { m1 } = fleet;
  const old = await only('app.service');
  await fleet.unit('app.service', template('App, changed'));
  assert.match((await fleet.ctl(m1, 'start', 'app')).stderr, /Add --replace to override/);
  assert.equal((await only('app.service')).pid, old.pid);
  await fleet.ok(m1, 'start', '--replace', 'app');
  const changed = await only('app.service');
  assert.equal(changed.machine, old.machine);
  assert.notEqual(changed.pid, old.pid);
  const there = fleet.cluster.machine(changed.machine);
  assert.equal(await sh(there, 'systemctl show --property=Description --value app.service'), 'App, changed');
  await fleet.unit('app.service', template('App, nowhere', 'MachineMetadata=rack=none'));
  const refused = await fleet.ctl(m1, 'start', '--replace', 'app');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /app\.service: it is not replaced and goes on as it is/);
  assert.equal((await only('app.service')).pid, changed.pid);
});

test('a global unit restarts on one machine after the other, or on one; it is looked at by its machine', async () => {
  const { m1, m2 } = fleet;
  // Each start takes a while: two that overlapped would be seen.
  await fleet.unit(
    'all.service',
    '[Service]\nExecStartPre=/bin/sleep 0.5\nExecStart=/bin/sleep infinity\n[X-Fleet]\nGlobal=true\n',
  );
  await fleet.ok(m1, 'start', 'all');
  const places = async () =>
    ((await fleet.running('all.service')).get('all.service') ?? []).toSorted((a, b) =>
      a.machine < b.machine ? -1 : 1,
    );
  await m1.waitFor(async () => (await places()).length === 3);
  const rolled = await places();
  const told = (await fleet.ok(m1, 'restart', 'all')).trim().split('\n');
  assert.equal(told.length, 3);
  const now = await places();
  for (const [index, { pid }] of now.entries()) assert.notEqual(pid, rolled[index]?.pid);
  // The clock is the host's: the order of the lines is the order of the starts, each after the one before.
  const order = told.map((line) => {
    const address = /\/(\S+)$/.exec(line)?.[1];
    const name = fleet.cluster.machines.find((machine) => machine.address === address)?.name;
    return Number(now.find(({ machine }) => machine === name)?.since);
  });
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
  assert.ok((order[1] ?? 0) - (order[0] ?? 0) >= 500_000, 'a machine waited for the one before');
  await fleet.ok(m1, 'restart', `all.service@${m2.machineId.slice(0, 8)}`);
  const one = await places();
  assert.deepEqual(
    one.filter(({ pid }, index) => pid !== now[index]?.pid).map(({ machine }) => machine),
    ['m2'],
  );
  assert.match(
    await fleet.ok(m1, 'list-unit-files', '--no-legend', '--fields=unit,state,target,reached'),
    /^all\.service\t+-\t+global\t+launched\(3\/3\)$/m,
  );
  const inside = `all.service@${m2.address}`;
  const { stdout } = await m2.exec(['fleetctl', 'status', inside], { accept: 'any' });
  assert.match(stdout, new RegExp(`Main PID: ${one[1]?.pid} `));
  await fleet.ok(m1, 'destroy', 'all');
  assert.deepEqual(await places(), []);
});

test('a list that is followed tells each change, also over a restart of fleetd', async () => {
  const { m1, m2 } = fleet;
  const words = [
    '--endpoint',
    `unix://${m1.socket}`,
    'list-units',
    '--watch',
    '--no-legend',
    '--fields=unit,active',
  ];
  const child = spawn(process.execPath, [join(checkout, 'dist/fleetctl.js'), ...words]);
  try {
    const lines = readLines(child.stdout)[Symbol.asyncIterator]();
    const until = async (line: string) => {
      for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
        if (next.value === line) return;
      }
      assert.fail(`the list ended before "${line}"`);
    };
    await until('app.service\tactive');
    await fleet.unit('fresh.service', template('Fresh'));
    await fleet.ok(m2, 'start', 'fresh');
    await until('fresh.service\tactive');
    await sh(m1, 'systemctl restart fleet.service');
    await fleet.ok(m2, 'destroy', 'fresh');
    await until('fresh.service\t-');
  } finally {
    child.kill('SIGTERM');
  }
  await fleet.ok(m2, 'destroy', 'app');
});

test('at the end the journals are calm', () => assertCalm(fleet.cluster));
