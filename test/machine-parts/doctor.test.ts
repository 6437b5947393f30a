// The doctor's judgement on plain facts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnose } from '../../src/machine/doctor/checks.ts';
import type { Facts, UnitFact } from '../../src/machine/doctor/facts.ts';

const unit = (name: string, more: Partial<UnitFact> = {}): UnitFact => ({
  name,
  active: 'active',
  load: 'loaded',
  file: 'disabled',
  path: `/usr/lib/systemd/system/${name}`,
  ...more,
});

const healthy: Facts = {
  systemdVersion: 252,
  booted: true,
  cgroup: 'cgroup2',
  systemBus: true,
  privateSocket: true,
  machineId: '0123456789abcdef0123456789abcdef',
  machineIdDurable: true,
  clockSynchronized: true,
  addresses: ['192.0.2.7'],
  spaces: [{ path: '/var', freeBytes: 1e12, freeInodes: 1e6, inodes: 2e6 }],
  programs: { etcd: true, etcdctl: true, ssh: true, sshd: true, curl: true },
  endpoints: [{ url: 'http://127.0.0.1:2379', answer: 'healthy', healthy: true }],
  store: 'etcd',
  units: [unit('fleet.service'), unit('etcd2.service'), unit('etcd.service', { active: 'inactive' })],
  etcdAlias: undefined,
  installed: 'package',
  fleetGroup: true,
};

const verdicts = (facts: Partial<Facts>): Record<string, string> =>
  Object.fromEntries(
    diagnose({ ...healthy, ...facts })
      .filter(({ verdict }) => verdict !== 'ok')
      .map(({ check, verdict }) => [check, verdict]),
  );

test('a machine in order has nothing but ok', () => {
  assert.deepEqual(verdicts({}), {});
});

const cases: readonly [string, Partial<Facts>, Record<string, string>][] = [
  ['an old systemd fails', { systemdVersion: 241 }, { systemd: 'fail' }],
  ['an uninitialised id fails', { machineId: 'uninitialized' }, { 'machine-id': 'fail' }],
  ['an id of zeros fails', { machineId: '0'.repeat(32) }, { 'machine-id': 'fail' }],
  ['an id that a reboot loses warns', { machineIdDurable: false }, { 'machine-id': 'warn' }],
  ['a wrong clock warns', { clockSynchronized: false }, { clock: 'warn' }],
  ['no address warns', { addresses: [] }, { address: 'warn' }],
  [
    'a full /var fails',
    { spaces: [{ path: '/var', freeBytes: 1e6, freeInodes: 9, inodes: 10 }] },
    { space: 'fail' },
  ],
  [
    'no inodes left fails',
    { spaces: [{ path: '/var', freeBytes: 1e12, freeInodes: 1, inodes: 1e6 }] },
    { space: 'fail' },
  ],
  [
    'no etcd endpoint that answers fails',
    { endpoints: [{ url: 'http://192.0.2.1:2379', answer: 'connect ECONNREFUSED', healthy: false }] },
    { etcd: 'fail' },
  ],
  ['the name that hides our unit warns', { etcdAlias: '/lib/systemd/system/etcd.service' }, { etcd: 'warn' }],
  [
    'two etcds that are both wanted warn',
    { units: [unit('fleet.service'), unit('etcd2.service'), unit('etcd.service', { file: 'enabled' })] },
    { etcd: 'warn' },
  ],
  [
    'a failed unit fails',
    { units: [unit('fleet.service', { active: 'failed' })] },
    { units: 'fail', fleet: 'warn' },
  ],
  ['fleet missing fails', { units: [] }, { fleet: 'fail' }],
];

for (const [name, facts, expected] of cases) {
  test(name, () => assert.deepEqual(verdicts(facts), expected));
}

test('everything that is not ok says what to do', () => {
  for (const [, facts] of cases) {
    for (const { verdict, advice } of diagnose({ ...healthy, ...facts }))
      assert.equal(advice === '', verdict === 'ok');
  }
});
