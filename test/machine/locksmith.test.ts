// locksmithd on booted machines: who has to wait is told for whom; a reboot is prepared, done, and the lock given back
// afterwards; windows and people hold it up.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Machine } from '../../src/sandbox/index.ts';
import { bootFleet, type FleetCluster, sh } from './fleet-cluster.ts';

const patience = { timeoutMs: 300_000 };

let fleet: FleetCluster;
before(async () => {
  fleet = await bootFleet();
  for (const machine of [fleet.m1, fleet.m2, fleet.m3]) await configure(machine, '');
});
after(async () => await fleet?.[Symbol.asyncDispose]());

/** Writes update.conf with these lines more, and starts locksmithd with it. */
async function configure(machine: Machine, lines: string): Promise<void> {
  const text = `REBOOT_STRATEGY=etcd-lock\nLOCKSMITHD_ENDPOINT=http://m1:2379\n${lines}`;
  await machine.writeFile('/etc/coreos/update.conf', text);
  await machine.exec(['systemctl', 'enable', '--quiet', 'locksmithd']);
  await machine.exec(['systemctl', 'restart', 'locksmithd']);
  await machine.waitFor(async () => (await why(machine)).daemon !== null, patience);
}

async function ctl(machine: Machine, ...words: string[]): Promise<string> {
  const { stdout } = await machine.exec(['locksmithctl', '-endpoint', 'http://m1:2379', ...words]);
  return stdout;
}

interface Why {
  readonly daemon: { readonly phase: string; readonly waitsFor?: string; readonly reason?: string } | null;
  readonly lock: {
    readonly available: number;
    readonly holders: readonly { readonly id: string; readonly name?: string; readonly state: string }[];
    readonly waiting: readonly { readonly name?: string }[];
  } | null;
}

async function why(machine: Machine): Promise<Why> {
  return JSON.parse(await ctl(machine, 'why', '--json'));
}

/** Says that an update is installed, until the daemon has heard it: right after its start it may not listen yet. */
async function needReboot(machine: Machine): Promise<void> {
  await machine.waitFor(async () => {
    await machine.exec(['locksmithctl', 'send-need-reboot']);
    return (await why(machine)).daemon?.reason !== undefined;
  }, patience);
}

/** Changes with each boot; "" while the machine cannot be asked. */
async function bootOf(machine: Machine): Promise<string> {
  return await sh(machine, 'systemctl show -P UserspaceTimestampMonotonic').catch(() => '');
}

async function untilRebooted(machine: Machine, before: string): Promise<void> {
  const again = async () => {
    const now = await bootOf(machine);
    return now !== '' && now !== before;
  };
  await machine.waitFor(again, { ...patience, what: 'its reboot' });
  await machine.start();
}

test('a machine waits for who has the lock, reboots when it is free, and gives it back when it is up', async () => {
  const { m1, m2 } = fleet;
  await m2.writeFile(
    '/etc/keelson/reboot.d/10-note',
    '#!/bin/sh\necho "$LOCKSMITH_REASON" >/var/lib/hook-ran\n',
    0o755,
  );
  await ctl(m1, 'lock');
  const before = await bootOf(m2);
  await needReboot(m2);
  await m2.waitFor(async () => (await why(m2)).daemon?.phase === 'waiting-lock', patience);
  const { daemon, lock } = await why(m2);
  assert.match(daemon?.waitsFor ?? '', new RegExp(`Held by ${m1.machineId}`));
  assert.deepEqual(
    lock?.waiting.map(({ name }) => name),
    ['m2'],
  );
  assert.match(await m2.readFile('/run/update-engine/coordinator.conf'), /^STATE=reboot-planned$/m);
  assert.equal(await bootOf(m2), before);
  await ctl(m1, 'unlock');
  await untilRebooted(m2, before);
  assert.equal(await m2.readFile('/var/lib/hook-ran'), 'an update is installed\n');
  await m1.waitFor(async () => (await why(m1)).lock?.available === 1, {
    ...patience,
    what: 'the lock to be free',
  });
  await fleet.ready();
  assert.match(
    await m2.journal({ unit: 'locksmithd.service' }),
    /The reboot lock is given back: this machine is up/,
  );
});

test('a window that is not open is waited for, and a person holds a reboot back', async () => {
  const { m1 } = fleet;
  // Half a day from now, for ten minutes: closed for the whole test.
  const hour = (new Date().getUTCHours() + 12) % 24;
  await configure(
    m1,
    `REBOOT_WINDOW_START=${hour}:00\nREBOOT_WINDOW_LENGTH=10m\nLOCKSMITHD_REBOOT_ZONE=UTC\n`,
  );
  const before = await bootOf(m1);
  await needReboot(m1);
  await m1.waitFor(async () => (await why(m1)).daemon?.phase === 'waiting-window', patience);
  assert.match(await ctl(m1, 'windows'), /^Opens in /);
  await ctl(m1, 'cancel', '--reason', 'a demonstration');
  await m1.waitFor(async () => (await why(m1)).daemon?.phase === 'held-back', patience);
  assert.match(await ctl(m1, 'why'), /holds reboots back since .*: a demonstration/);
  await ctl(m1, 'cancel', '--undo');
  await m1.waitFor(async () => (await why(m1)).daemon?.phase === 'waiting-window', patience);
  assert.equal((await why(m1)).lock?.available, 1);
  assert.equal(await bootOf(m1), before);
});

test('settings that cannot be followed are said, and nothing reboots', async () => {
  const { m1 } = fleet;
  await m1.writeFile('/etc/coreos/update.conf', 'REBOOT_STRATEGY=sometimes\n');
  await m1.exec(['systemctl', 'restart', 'locksmithd'], { accept: 'any' });
  const told = async () =>
    /unknown strategy: sometimes/.test(await m1.journal({ unit: 'locksmithd.service' }));
  await m1.waitFor(told, patience);
  await m1.writeFile('/etc/coreos/update.conf', 'REBOOT_STRATEGY=off\n');
  await m1.exec(['systemctl', 'restart', 'locksmithd']);
  const ended = async () =>
    (await sh(m1, 'systemctl show -P ActiveState -P Result locksmithd')).includes('inactive');
  await m1.waitFor(ended, patience);
  assert.match(await m1.journal({ unit: 'locksmithd.service' }), /Reboot strategy is "off"/);
});
