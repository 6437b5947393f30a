// fleetd and etcd stopped, killed, frozen, full and upgraded under a running cluster: units never notice.

import assert from 'node:assert/strict';
import { appendFile, copyFile, cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildPackage } from '../../src/machine/index.ts';
import type { Machine } from '../../src/sandbox/index.ts';
import { temporaryFolder } from './booted.ts';
import { copyHome } from './copy-home.ts';
import {
  assertCalm,
  bootFleet,
  checkout,
  type FleetCluster,
  type Running,
  sh,
  template,
} from './fleet-cluster.ts';

const leaseMs = 10_000;
const names = [1, 2, 3, 4, 5, 6].map((number) => `app@${number}.service`);

let fleet: FleetCluster;
before(async () => {
  // So little that a test can fill it.
  const quota = '[Service]\nEnvironment=ETCD_QUOTA_BACKEND_BYTES=16777216\n';
  const path = '/etc/systemd/system/etcd2.service.d/50-quota.conf';
  fleet = await bootFleet({ fragment: { write_files: [{ path, content: quota }] } });
  await fleet.ready();
  await fleet.unit('app@.service', template('App %i'));
  await fleet.ok(fleet.m1, 'start', ...names);
  await fleet.untilRunning(names, 'app@*');
});
after(async () => {
  await fleet?.[Symbol.asyncDispose]();
});

const everywhere = (work: (machine: Machine) => Promise<unknown>) =>
  Promise.all(fleet.cluster.machines.map(work));
const onAll = (script: string) => everywhere((machine) => machine.exec(['sh', '-c', script]));

/** Does something that no unit may notice: at its end all run where they ran, as the same processes. */
async function unnoticed(work: (before: Map<string, Running>) => Promise<void>): Promise<void> {
  const before_ = await fleet.untilRunning(names, 'app@*');
  await work(before_);
  assert.deepEqual(await fleet.places('app@*'), before_);
}

/** For so long, and then: nothing has moved, and fleet knows all of it. */
async function calmFor(ms: number, via = fleet.m1): Promise<void> {
  const before_ = await fleet.places('app@*');
  await sleep(ms);
  assert.deepEqual(await fleet.places('app@*'), before_);
  assert.deepEqual(await fleet.untilRunning(names, 'app@*'), before_);
  assert.equal((await fleet.listed(via)).length, 3);
}

const mainPid = async (machine: Machine) =>
  Number(await sh(machine, 'systemctl show -P MainPID fleet.service'));
const away = async (via: Machine): Promise<string[]> => {
  const { away: ids = [] } = JSON.parse(
    await sh(via, 'curl -fsS --unix-socket /run/fleet.sock http://fleet/fleet/v2/machines'),
  );
  return ids.map((entry: string | { id: string }) => (typeof entry === 'string' ? entry : entry.id));
};

test('fleetd stopped on one machine, and killed for good on another, for two leases: no unit notices', async () => {
  const { m1, m2, m3 } = fleet;
  await unnoticed(async () => {
    const dropIn = '/run/systemd/system/fleet.service.d/no-restart.conf';
    await m3.writeFile(dropIn, '[Service]\nRestart=no\n');
    await sh(m2, 'systemctl stop fleet.socket fleet.service');
    assert.deepEqual(await away(m1), [m2.machineId]);
    const kill = 'systemctl kill --kill-who=main -s KILL fleet.service';
    await sh(m3, `systemctl daemon-reload; systemctl stop fleet.socket; ${kill}`);
    // Before its lease has run out: else its units would move, which is seen below.
    await m1.waitFor(async () => (await away(m1)).includes(m3.machineId));
    await sleep(2 * leaseMs + 2000);
    assert.deepEqual([await mainPid(m2), await mainPid(m3)], [0, 0]);
    assert.deepEqual(await fleet.listed(m1), [m1.address]);
    await sh(m2, 'systemctl start fleet.socket fleet.service');
    await sh(m3, `rm ${dropIn}; systemctl daemon-reload; systemctl reset-failed fleet.service`);
    await sh(m3, 'systemctl start fleet.socket fleet.service');
    await m1.waitFor(async () => (await fleet.listed(m1)).length === 3);
    assert.deepEqual(await away(m1), []);
  });
});

test('fleetd killed is started again, and nobody moves anything', async () => {
  const { m1 } = fleet;
  await unnoticed(async () => {
    const pid = await mainPid(m1);
    await everywhere((machine) => sh(machine, 'systemctl kill --kill-who=main -s KILL fleet.service'));
    await m1.waitFor(async () => ![0, pid].includes(await mainPid(m1)));
    await m1.waitFor(async () => (await fleet.ctl(m1, 'list-machines')).status === 0);
    await m1.waitFor(async () => (await fleet.listed(m1)).length === 3);
    await calmFor(2000);
  });
});

test('a daemon that is stopped is started by who asks at its socket', async () => {
  const { m2 } = fleet;
  await unnoticed(async () => {
    await sh(m2, 'systemctl stop fleet.service');
    assert.equal(await sh(m2, 'systemctl is-active fleet.service'), 'inactive');
    await m2.waitFor(async () => (await fleet.ctl(m2, 'list-units')).status === 0);
    // It may answer before it has told systemd that it is ready.
    await m2.waitFor(['systemctl', 'is-active', '--quiet', 'fleet.service']);
  });
});

test('SIGHUP takes metadata over at once, and a configuration that is wrong not at all', async () => {
  const { m1, m2 } = fleet;
  await unnoticed(async () => {
    const pid = await mainPid(m2);
    const hup = 'systemctl kill --kill-who=main -s HUP fleet.service';
    await m2.writeFile('/etc/fleet/fleet.conf', 'metadata = disk=ssd\n');
    await sh(m2, hup);
    const said = async () => (await fleet.ok(m1, 'list-machines')).includes('disk=ssd');
    await m1.waitFor(said);
    await m2.writeFile('/etc/fleet/fleet.conf', 'metadata = disk=hdd\nagent_ttl = soon\n');
    await sh(m2, hup);
    await m2.waitFor([
      'sh',
      '-c',
      'journalctl -u fleet | grep -q "fleet.conf:2: agent_ttl.*expected a duration"',
    ]);
    assert.ok(await said());
    await m2.exec(['rm', '/etc/fleet/fleet.conf']);
    await sh(m2, hup);
    await m1.waitFor(async () => !(await said()));
    assert.equal(await mainPid(m2), pid);
  });
});

test('an upgrade in place by dpkg, machine by machine, restarts fleetd and nothing else', async () => {
  const work = await temporaryFolder();
  try {
    const home = join(work, 'home');
    await mkdir(home);
    await copyHome(checkout, home);
    await rm(join(home, 'dist'), { recursive: true });
    await cp(join(checkout, 'dist'), join(home, 'dist'), { recursive: true, verbatimSymlinks: true });
    await appendFile(join(home, 'dist/fleetd.js'), '// changed\n');
    const built = await buildPackage({ home, cache: join(work, 'cache') });
    await unnoticed(async () => {
      for (const machine of fleet.cluster.machines) {
        const pid = await mainPid(machine);
        await copyFile(built, join(machine.rootPath, 'var/tmp/keelson.deb'));
        await machine.exec(['dpkg', '-i', '/var/tmp/keelson.deb'], { deadlineMs: 120_000 });
        assert.ok(![0, pid].includes(await mainPid(machine)));
        assert.match(await sh(machine, 'tail -1 /usr/lib/keelson/dist/fleetd.js'), /changed/);
        await fleet.m1.waitFor(async () => (await fleet.listed(fleet.m1)).length === 3);
      }
      await calmFor(2000);
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
});

test('one member of etcd stopped, and another one frozen, is nothing that anybody notices', async () => {
  const { m1, m2, m3 } = fleet;
  await unnoticed(async () => {
    await sh(m3, 'systemctl stop etcd2.service');
    await calmFor(leaseMs + 2000);
    await sh(m3, 'systemctl start etcd2.service');
    await m1.waitFor(['sh', '-c', `etcdctl --endpoints=http://${m3.address}:2379 endpoint health`]);
    await sh(m2, 'systemctl kill -s STOP etcd2.service');
    await calmFor(leaseMs + 2000, m2);
    await sh(m2, 'systemctl kill -s CONT etcd2.service');
    await m1.waitFor(['sh', '-c', `etcdctl --endpoints=http://${m2.address}:2379 endpoint health`]);
  });
});

test('all of etcd stopped: units run on, fleetctl says so, and after it nothing moves', async (t) => {
  const { m1, m2, m3 } = fleet;
  await unnoticed(async () => {
    await onAll('systemctl stop etcd2.service');
    const begin = Date.now();
    const missing = async () => (await fleet.ctl(m1, 'list-units')).status !== 0;
    await m1.waitFor(missing);
    t.diagnostic(`list-units said so ${Date.now() - begin} ms after etcd was stopped`);
    for (const words of [['list-machines'], ['start', 'app@7'], ['stop', 'app@1'], ['destroy', 'app@1']]) {
      const { status, stdout, stderr } = await fleet.ctl(m1, ...words);
      assert.notEqual(status, 0, words.join(' '));
      assert.match(stderr, /unable to communicate with etcd/);
      assert.equal(stdout, '');
    }
    // What people do first at such a time.
    await sh(m2, 'systemctl restart fleet.service');
    await sh(m3, 'systemctl kill --kill-who=main -s KILL fleet.service');
    await sleep(Math.max(0, begin + 3 * leaseMs - Date.now()));
    await everywhere((machine) => sh(machine, 'systemctl start etcd2.service'));
    await fleet.ready();
    await calmFor(2 * leaseMs);
  });
});

test('etcd full: what runs runs on, a change is refused with what to do, and then it works again', async (t: TestContext) => {
  const { m1 } = fleet;
  await unnoticed(async () => {
    const fill =
      'head -c 1000000 /dev/zero | tr "\\0" x > /run/block; for i in $(seq 40); do etcdctl put /filler$i < /run/block || exit 0; done; exit 1';
    await m1.exec(['sh', '-c', `export ETCDCTL_API=3; ${fill}`], { deadlineMs: 120_000 });
    await fleet.unit('late.service', template('Late'));
    const { status, stdout, stderr } = await fleet.ctl(m1, 'start', 'late');
    t.diagnostic(stderr.trim());
    assert.equal(status, 1, stdout + stderr);
    assert.match(stderr, /takes no more.*database space exceeded/);
    assert.match(stderr, /alarm disarm/);
    await calmFor(leaseMs + 2000);
    const clear = `for i in $(seq 40); do etcdctl del /filler$i >/dev/null; done
      revision=$(etcdctl endpoint status -w json | grep -o '"revision":[0-9]*' | head -1 | cut -d: -f2)
      etcdctl compact "$revision"; etcdctl defrag --cluster; etcdctl alarm disarm`;
    await m1.exec(['sh', '-c', `export ETCDCTL_API=3; ${clear}`], { deadlineMs: 120_000, accept: 'any' });
    // Members that were defragmented one after the other may have to elect first.
    await m1.waitFor(async () => (await fleet.ctl(m1, 'start', 'late')).status === 0);
    await fleet.ok(m1, 'destroy', 'late');
  });
});

test('an away machine that was lost keeps its units until an operator gives it up', async () => {
  const { m1, m3 } = fleet;
  const before_ = await fleet.untilRunning(names, 'app@*');
  await sh(m3, 'systemctl stop fleet.service fleet.socket');
  await m3.kill();
  await sleep(leaseMs + 3000);
  const rest = await fleet.places('app@*');
  assert.deepEqual(rest, new Map([...before_].filter(([, { machine }]) => machine !== 'm3')));
  const url = `http://fleet/fleet/v2/machines/${m3.machineId}`;
  assert.equal(
    await sh(m1, 'curl -fsS -X DELETE -w "%{http_code}" --unix-socket /run/fleet.sock "$1"', url),
    '204',
  );
  const now = await fleet.untilRunning(names, 'app@*');
  for (const [name, place] of rest) assert.deepEqual(now.get(name), place);
  await m3.start();
  await fleet.ready();
  assert.deepEqual(await fleet.untilRunning(names, 'app@*'), now);
});

test('at the end the journals are calm and nothing has failed', async () => {
  await assertCalm(fleet.cluster);
});
