// Machines of a cluster that are lost, cut off, switched off and come back: units run on, elsewhere, and once.

import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from '../../src/sandbox/index.ts';
import { assertCalm, bootFleet, type FleetCluster, sh, template } from './fleet-cluster.ts';

const leaseMs = 10_000;
const names = [1, 2, 3, 4, 5, 6].map((number) => `app@${number}.service`);

let fleet: FleetCluster;
before(async () => {
  fleet = await bootFleet();
  await fleet.ready();
  await fleet.unit('app@.service', template('App %i'));
  await fleet.unit('all.service', template('All', 'Global=true'));
  await fleet.ok(fleet.m1, 'start', ...names, 'all.service');
  await fleet.untilRunning(names, 'app@*');
});
after(async () => {
  await fleet?.[Symbol.asyncDispose]();
});

const others = (machine: Machine) => fleet.cluster.machines.filter((other) => other !== machine);
const on = (places: ReadonlyMap<string, { readonly machine: string }>, { name }: Machine) =>
  [...places].filter(([, place]) => place.machine === name).map(([unit]) => unit);

/** Whether the machine is there, as the store has it. */
const isPresent = async (via: Machine, { machineId }: Machine) =>
  (await sh(via, 'ETCDCTL_API=3 etcdctl get --keys-only "/keelson/fleet/machine/$1"', machineId)) !== '';

/** The rest of the cluster has all units, and those that were there before were not touched. */
async function untilTakenOver(t: TestContext, lost: Machine, limitMs: number, work: () => Promise<void>) {
  const before_ = await fleet.untilRunning(names, 'app@*');
  assert.ok(on(before_, lost).length > 0, `nothing ran on ${lost.name}`);
  const begin = performance.now();
  await work();
  const [witness] = others(lost);
  assert.ok(witness !== undefined);
  const elsewhere = async () => {
    let count = 0;
    for (const machine of others(lost)) {
      const script = 'systemctl list-units --plain --no-legend --state=active "app@*" | wc -l';
      count += Number(await sh(machine, script));
    }
    return count === names.length;
  };
  await witness.waitFor(elsewhere, { timeoutMs: 60_000, intervalMs: 100 });
  const tookMs = performance.now() - begin;
  t.diagnostic(
    `${on(before_, lost).length} units of ${lost.name} ran elsewhere after ${Math.round(tookMs)} ms`,
  );
  assert.ok(tookMs < limitMs, `it took ${Math.round(tookMs)} ms`);
  for (const [name, place] of before_) {
    if (place.machine === lost.name) continue;
    const now = (await fleet.running(name)).get(name)?.find(({ machine }) => machine === place.machine);
    assert.deepEqual(now, place, `${name} was touched`);
  }
}

async function backAgain(machine: Machine): Promise<void> {
  await machine.start();
  await fleet.ready();
  await untilWhole();
}

/** All machines listed, every unit once, the global one everywhere. */
async function untilWhole(): Promise<void> {
  const [first] = fleet.cluster.machines;
  await first?.waitFor(async () => (await fleet.listed(fleet.m1)).length === 3);
  await fleet.untilRunning(names, 'app@*');
  await first?.waitFor(async () => (await fleet.running('all.service')).get('all.service')?.length === 3);
}

/** Every machine gets its share again: units do not move to a machine just because it is back. */
async function spread(): Promise<void> {
  await fleet.ok(fleet.m1, 'destroy', ...names);
  await fleet.ok(fleet.m1, 'start', ...names);
  await fleet.untilRunning(names, 'app@*');
}

/** Waits for one when there is none, as in the middle of an election. */
async function leaderOf(kind: 'engine' | 'etcd'): Promise<Machine> {
  let leader: Machine | undefined;
  const found = async () => {
    leader = await findLeader(kind);
    return leader !== undefined;
  };
  await fleet.m1.waitFor(found, { what: `a leader of ${kind}` });
  return leader ?? assert.fail();
}

async function findLeader(kind: 'engine' | 'etcd'): Promise<Machine | undefined> {
  for (const machine of fleet.cluster.machines) {
    const script =
      kind === 'engine'
        ? 'etcdctl get --print-value-only /keelson/fleet/engine | grep -q "$(cat /etc/machine-id)" && echo yes'
        : 'etcdctl --endpoints=http://127.0.0.1:2379 endpoint status | cut -d, -f5 | grep -q true && echo yes';
    if ((await sh(machine, `export ETCDCTL_API=3; ${script}`)) === 'yes') return machine;
  }
  return undefined;
}

test('a machine that loses power loses its units to others soon after its lease, and comes back empty', async (t) => {
  const leader = await leaderOf('engine');
  const [victim] = others(leader);
  assert.ok(victim !== undefined);
  await untilTakenOver(t, victim, leaseMs + 15_000, () => victim.kill());
  await backAgain(victim);
  assert.deepEqual(on(await fleet.places('app@*'), victim), []);
});

test('so does the one that leads fleet and etcd', async (t) => {
  await spread();
  const engine = await leaderOf('engine');
  const etcd = await leaderOf('etcd');
  if (etcd !== engine) {
    const id = await sh(
      engine,
      'ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 endpoint status | cut -d, -f2 | tr -d " "',
    );
    await sh(etcd, 'ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 move-leader "$1"', id);
  }
  await etcd.waitFor(async () => (await leaderOf('etcd')) === engine);
  assert.equal(await leaderOf('engine'), engine);
  await untilTakenOver(t, engine, 2 * leaseMs + 15_000, () => engine.kill());
  await backAgain(engine);
});

test('a machine that is powered off gives its units away before it is gone', async (t) => {
  await spread();
  const { m1, m2 } = fleet;
  await m1.waitFor(() => isPresent(m1, m2));
  await untilTakenOver(t, m2, 60_000, async () => {
    await m2.stop();
    // Its own doing, not the end of its lease.
    assert.equal(await isPresent(m1, m2), false);
  });
  await backAgain(fleet.m2);
});

test('the units of a machine without a network move, and when it is back each runs once', async (t) => {
  await spread();
  const { m3 } = fleet;
  const cutAt = performance.now();
  await untilTakenOver(t, m3, leaseMs + 15_000, () => m3.cut());
  // Cut off, it has no reason to stop anything.
  assert.notEqual(await sh(m3, 'systemctl list-units --plain --no-legend "app@*"'), '');
  await sleep(Math.max(0, cutAt + 30_000 - performance.now()));
  const begin = performance.now();
  await m3.heal();
  await m3.waitFor(['sh', '-c', '! systemctl list-units --plain --no-legend "app@*" | grep -q .'], {
    timeoutMs: 60_000,
  });
  t.diagnostic(`${Math.round(performance.now() - begin)} ms after the cable was back nothing ran twice`);
  await untilWhole();
});

test('after a power cut of all machines at once every unit runs exactly once', async () => {
  await spread();
  await Promise.all(fleet.cluster.machines.map((machine) => machine.kill()));
  await Promise.all(fleet.cluster.machines.map((machine) => machine.start()));
  await fleet.ready();
  await untilWhole();
  // Nobody who was late may be given up, and then find its units elsewhere.
  await sleep(leaseMs);
  await untilWhole();
});

test('after all machines were shut down at once every unit runs exactly once', async () => {
  await Promise.all(fleet.cluster.machines.map((machine) => machine.stop()));
  await Promise.all(fleet.cluster.machines.map((machine) => machine.start()));
  await fleet.ready();
  await untilWhole();
});

test('a machine that reboots itself comes back to an unbroken cluster', async () => {
  const { m1 } = fleet;
  const boot = await sh(
    m1,
    'cat /proc/sys/kernel/random/boot_id; systemctl show -P UserspaceTimestampMonotonic',
  );
  await sh(m1, 'systemctl reboot');
  await m1.waitFor(
    async () => {
      const now = await sh(m1, 'systemctl show -P UserspaceTimestampMonotonic').catch(() => '');
      return now !== '' && !boot.endsWith(now);
    },
    { timeoutMs: 180_000 },
  );
  await m1.start();
  await fleet.ready();
  await untilWhole();
});

test('at the end the journals are calm and nothing has failed', async () => {
  await assertCalm(fleet.cluster);
});
