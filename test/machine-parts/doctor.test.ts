// The doctor's judgement on plain facts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HalfOutcome, Slot, SlotInfo, SlotStatus } from '../../src/disk/index.ts';
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
  seal: {
    kind: 'mount',
    atBoot: true,
    unitResult: 'success',
    apt: true,
    writableBelow: [],
    extended: false,
    unmerged: [],
    unreached: [],
    opened: [],
    writers: [],
  },
  growth: [
    {
      half: 'partition',
      subject: '/dev/vda7',
      outcome: 'full',
      fromBytes: 1e9,
      toBytes: 1e9,
      reason: 'It ends where the disk does.',
    },
  ],
  extensions: [],
  slots: undefined,
  slotsProblem: '',
};

const sealed = (more: Partial<NonNullable<Facts['seal']>>): Partial<Facts> => ({
  seal: healthy.seal && { ...healthy.seal, ...more },
});
const grown = (outcome: HalfOutcome['outcome']): Partial<Facts> => ({
  growth: healthy.growth?.map((half) => ({ ...half, outcome, toBytes: 2e9 })) ?? [],
});
const slot = (one: Slot, more: Partial<SlotInfo> = {}): SlotInfo => ({
  ...{ slot: one, state: 'good', running: one === 'A', next: one === 'A', version: '1', rootHash: 'ab' },
  ...{ triesLeft: undefined, triesDone: 0, problem: undefined },
  ...more,
});
const slots = (a: Partial<SlotInfo>, b: Partial<SlotInfo> = {}, problems: readonly string[] = []) => ({
  slots: {
    ...{ loader: 'grub', running: 'A', next: 'A', failed: [], problems },
    slots: [slot('A', a), slot('B', b)],
  } satisfies SlotStatus,
});

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
  ['a /usr that was opened warns', sealed({ kind: 'none' }), { usr: 'warn' }],
  ['a seal that failed fails', sealed({ kind: 'none', unitResult: 'exit-code' }), { usr: 'fail' }],
  ['a seal that the next boot has not warns', sealed({ atBoot: false }), { usr: 'warn' }],
  [
    'a seal with a hole warns',
    sealed({ unreached: [{ id: '', pids: [7], mounts: [], opened: false }] }),
    { usr: 'warn' },
  ],
  ['a /usr that is not all there is warns', sealed({ unmerged: ['/bin'] }), { usr: 'warn' }],
  ['space to grow into warns', grown('would grow'), { growth: 'warn' }],
  ['a damaged table fails', grown('refused'), { growth: 'fail' }],
  ['a slot on trial warns', slots({ state: 'trial', triesLeft: 2 }), { slot: 'warn' }],
  [
    'a slot beside that cannot boot warns',
    slots({}, { state: 'broken', problem: 'No kernel.' }),
    { slot: 'warn' },
  ],
  ['what is wrong with the loader warns', slots({}, {}, ['The ESP has no loader.']), { slot: 'warn' }],
  [
    'an extension that is part of /usr is well',
    { extensions: [{ name: 'tools', slot: 'A', version: '1', onTrial: true, merged: '1' }] },
    {},
  ],
  [
    'an extension that is not fails',
    { extensions: [{ name: 'tools', slot: 'A', version: '2', onTrial: false, merged: '1' }] },
    { extension: 'fail' },
  ],
  ['slots that cannot be read fail', { slotsProblem: 'The ESP is not mounted.' }, { slot: 'fail' }],
  ['fleet missing fails', { units: [] }, { fleet: 'fail' }],
];

for (const [name, facts, expected] of cases) {
  test(name, () => assert.deepEqual(verdicts(facts), expected));
}

const inOrder: readonly [string, Partial<Facts>][] = [
  ['a /usr that nobody sealed', sealed({ kind: 'none', atBoot: false })],
  ['a slot of an image', { ...sealed({ kind: 'verity', atBoot: false }), ...slots({}) }],
  ['a root that cannot grow', grown('cannot')],
  ['what another user than root cannot see', { growth: undefined, seal: undefined }],
];
for (const [name, facts] of inOrder) test(`${name} is ok`, () => assert.deepEqual(verdicts(facts), {}));

test('everything that is not ok says what to do', () => {
  for (const [, facts] of cases) {
    for (const { verdict, advice } of diagnose({ ...healthy, ...facts }))
      assert.equal(advice === '', verdict === 'ok');
  }
});
