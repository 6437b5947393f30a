// A machine that loses its power for good while it has the reboot lock: who waits is told for whom and how long, gets
// the place after the stated time, and says whose it was. A locksmithd that is killed blocks nobody.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Machine } from '../../src/sandbox/index.ts';
import { bootFleet, type FleetCluster, sh } from './fleet-cluster.ts';

const patience = { timeoutMs: 300_000 };

let fleet: FleetCluster;
before(async () => {
  fleet = await bootFleet();
  const settings = [
    'REBOOT_STRATEGY=etcd-lock',
    'LOCKSMITHD_ENDPOINT=http://m1:2379',
    'LOCKSMITHD_ETCD_API=v3',
    'LOCKSMITHD_LOCK_TTL=60s',
    'LOCKSMITHD_DRAIN=no',
  ];
  for (const machine of [fleet.m1, fleet.m2, fleet.m3]) {
    await machine.writeFile('/etc/coreos/update.conf', `${settings.join('\n')}\n`);
    await machine.exec(['systemctl', 'enable', '--now', '--quiet', 'locksmithd']);
    await machine.waitFor(async () => (await why(machine)).daemon !== null, patience);
  }
});
after(async () => await fleet?.[Symbol.asyncDispose]());

interface Why {
  readonly daemon: { readonly phase: string; readonly reason?: string } | null;
  readonly lock: {
    readonly holders: readonly { readonly name?: string; readonly state: string; readonly token?: number }[];
    readonly waiting: readonly { readonly name?: string }[];
    readonly freed: readonly { readonly name?: string; readonly by: string }[];
  } | null;
}

async function ctl(machine: Machine, ...words: string[]): Promise<string> {
  const flags = ['-endpoint', 'http://m1:2379', '-etcd-api', 'v3'];
  return (await machine.exec(['locksmithctl', ...flags, ...words])).stdout;
}

async function why(machine: Machine): Promise<Why> {
  return JSON.parse(await ctl(machine, 'why', '--json'));
}

/** Makes the machine take the lock and stay in a hook. */
async function holdInHook(machine: Machine): Promise<void> {
  await machine.writeFile('/etc/keelson/reboot.d/10-slow', '#!/bin/sh\nexec sleep 250\n', 0o755);
  await machine.exec(['touch', '/run/reboot-required']);
  const isThere = async () => (await sh(machine, 'pgrep -xf "sleep 250"')) !== '';
  await machine.waitFor(isThere, { ...patience, what: 'its hook' });
}

test('a locksmithd that is killed while it prepares gives the lock back when it runs again', async () => {
  const { m3 } = fleet;
  await holdInHook(m3);
  assert.equal((await why(m3)).lock?.holders[0]?.name, 'm3');
  await sh(m3, 'rm /run/reboot-required /etc/keelson/reboot.d/10-slow; systemctl kill -s KILL locksmithd');
  const free = async () => (await why(m3)).lock?.holders.length === 0;
  await m3.waitFor(free, { ...patience, what: 'the lock to be free' });
  assert.match(await m3.journal({ unit: 'locksmithd.service' }), /The reboot lock is given back/);
  assert.equal((await why(m3)).daemon?.reason, undefined);
});

test('the place of a machine that has died is told, given on after its time, and never in silence', async () => {
  const { m1, m2, m3 } = fleet;
  await holdInHook(m2);
  const [held] = (await why(m1)).lock?.holders ?? [];
  assert.deepEqual([held?.name, held?.state], ['m2', 'alive']);
  await m2.kill();
  const bootOf = () => sh(m3, 'systemctl show -P UserspaceTimestampMonotonic').catch(() => '');
  const before = await bootOf();
  await m3.exec(['touch', '/run/reboot-required']);
  // On a bystander: who has it, who waits, and when it is free.
  await m1.waitFor(async () => (await why(m1)).lock?.waiting[0]?.name === 'm3', patience);
  const told = await ctl(m1, 'why');
  assert.match(told, /^m2 \([0-9a-f]{32}\) holds the reboot lock: since .*, token \d+\.$/m);
  assert.match(told, /^m3 \([0-9a-f]{32}\) waits since .* for m2 \(/m);
  const again = async () => {
    const now = await bootOf();
    return now !== '' && now !== before;
  };
  await m3.waitFor(again, { ...patience, what: 'its reboot' });
  await m3.start();
  const { stdout: journal } = await m3.exec(['journalctl', '-u', 'locksmithd', '--no-pager', '-o', 'cat']);
  assert.match(
    journal,
    /The place that m2 \([0-9a-f]{32}\) had had since .* was free: that machine has died/,
  );
  await m1.waitFor(async () => (await why(m1)).lock?.holders.length === 0, {
    ...patience,
    what: 'm3 to give the lock back',
  });
  assert.match(
    await ctl(m1, 'status', '--long'),
    /^At .* the place of m2 \([0-9a-f]{32}\), which it had had since .*, was given to [0-9a-f]{32}: it had died\.$/m,
  );
  // Back after all: its place is not its own any more, and it says nothing else.
  await m2.start();
  await m2.waitFor(async () => (await why(m2)).daemon?.phase === 'idle', patience);
  assert.deepEqual((await why(m2)).lock?.holders, []);
});
