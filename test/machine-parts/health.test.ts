// The gates of a boot on trial: what they make of plain facts, and of programs in health.d.

import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gates, judge } from '../../src/machine/health/gates.ts';
import { listenAddresses, parseJobs, parseUnits } from '../../src/machine/health/gather.ts';
import { waitUntilHealthy } from '../../src/machine/health/look.ts';
import type { GateVerdict, HealthFacts, UnitHealth } from '../../src/machine/health/model.ts';
import { askGate, findGates } from '../../src/machine/health/user-gates.ts';

const unit = (name: string, more: Partial<UnitHealth> = {}): UnitHealth => ({
  ...{ name, load: 'loaded', active: 'active', sub: 'running', file: 'enabled', condition: true },
  ...more,
});
const healthy: HealthFacts = {
  jobs: [],
  multiUser: 'active',
  units: [unit('fleet.service'), unit('etcd2.service'), unit('ssh.service')],
  extensions: [],
  addresses: ['192.0.2.7'],
  ssh: [{ at: '127.0.0.1:22', banner: 'SSH-2.0-OpenSSH_9.2' }],
};
const unhealthy = (facts: Partial<HealthFacts>): string[] =>
  judge({ ...healthy, ...facts }, new Set()).flatMap(({ gate, healthy: good }) => (good ? [] : [gate]));
const starting = (...units: string[]): Partial<HealthFacts> => ({
  multiUser: 'inactive',
  jobs: [
    ...units.map((name) => ({ unit: name, type: 'start', state: 'running' })),
    { unit: 'multi-user.target', type: 'start', state: 'waiting' },
    { unit: 'keelson-health.service', type: 'start', state: 'running' },
  ],
});
const fleet = (more: Partial<UnitHealth>): Partial<HealthFacts> => ({ units: [unit('fleet.service', more)] });

test('a boot in order passes all gates', () => assert.deepEqual(unhealthy({}), []));

const cases: readonly [string, Partial<HealthFacts>, string[]][] = [
  ['still starting something', starting('slow.service', 'etcd2.service'), ['system']],
  ['nothing left to start but what waits for a cluster', starting('etcd2.service', 'fleet.service'), []],
  ['its job is not taken up yet', starting(), ['system']],
  ['it never came', { multiUser: 'inactive' }, ['system']],
  ['one of ours failed', { units: [unit('keelson-grow-root.service', { active: 'failed' })] }, ['units']],
  [
    "a user's cloud-config failed",
    { units: [unit('user-cloudinit-local.service', { active: 'failed' })] },
    [],
  ],
  ['no address', { addresses: [] }, ['network']],
  ['SSH does not answer', { ssh: [{ at: '127.0.0.1:22', banner: undefined }] }, ['ssh']],
  ['something else answers', { ssh: [{ at: '127.0.0.1:22', banner: 'HTTP/1.1' }] }, ['ssh']],
  ['sshd is broken', { ssh: [] }, ['ssh']],
  [
    'SSH is not wanted',
    { ssh: [], units: [unit('ssh.service', { active: 'inactive', file: 'disabled' })] },
    [],
  ],
  ['fleetd failed', fleet({ active: 'failed', sub: 'failed' }), ['fleet']],
  ['fleetd falls over again and again', fleet({ active: 'activating', sub: 'auto-restart' }), ['fleet']],
  ['fleetd waits for its store', fleet({ active: 'activating', sub: 'start' }), []],
  ['fleetd is wanted and did not start', fleet({ active: 'inactive', sub: 'dead' }), ['fleet']],
  ['fleetd has no reason to run', fleet({ active: 'inactive', condition: false }), []],
  ['fleetd is not wanted', fleet({ active: 'inactive', sub: 'dead', file: 'disabled' }), []],
  ['etcd failed', { units: [unit('etcd2.service', { active: 'failed', sub: 'failed' })] }, ['etcd']],
];
for (const [name, facts, expected] of cases)
  test(`${name}: ${expected.join() || 'passes'}`, () => assert.deepEqual(unhealthy(facts), expected));

test('a gate that is turned off says nothing', () => {
  const names = judge({ ...healthy, addresses: [] }, new Set(['network'])).map(({ gate }) => gate);
  assert.deepEqual(
    names,
    Object.keys(gates).filter((name) => name !== 'network'),
  );
});

test("systemctl's and sshd's words are read", () => {
  assert.deepEqual(parseJobs('  7 fleet.service start running\n 12 multi-user.target start waiting\n\n'), [
    { unit: 'fleet.service', type: 'start', state: 'running' },
    { unit: 'multi-user.target', type: 'start', state: 'waiting' },
  ]);
  const [first, ...rest] = parseUnits(
    'Id=a.service\nLoadState=loaded\nActiveState=inactive\nSubState=dead\nUnitFileState=enabled\nConditionResult=no\nConditionTimestampMonotonic=0\n\nId=b.service\nLoadState=not-found\nActiveState=inactive\n',
  );
  assert.deepEqual(first, unit('a.service', { active: 'inactive', sub: 'dead' }));
  assert.deepEqual(rest, []);
  assert.deepEqual(
    listenAddresses(
      'port 22\nlistenaddress [::]:22\nlistenaddress 0.0.0.0:22\nlistenaddress [fd00::1]:2222\n',
    ),
    [
      { host: '127.0.0.1', port: 22 },
      { host: 'fd00::1', port: 2222 },
    ],
  );
});

test('programs of health.d: the first folder wins, /dev/null turns off, what cannot run is no passing', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-health-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [etc, usr] = [join(folder, 'etc'), join(folder, 'usr')];
  const program = async (path: string, text: string, mode = 0o755) => {
    await writeFile(path, `#!/bin/sh\n${text}\n`);
    await chmod(path, mode);
  };
  await Promise.all([etc, usr].map((path) => mkdir(path)));
  await program(join(etc, 'disk'), 'echo one; echo "sda is slow" >&2; exit 1');
  await program(join(usr, 'disk'), 'exit 0');
  await program(join(usr, 'app'), 'echo the app answers');
  await program(join(etc, 'plain'), 'exit 0', 0o644);
  await program(join(etc, 'hangs'), 'exec sleep 1000');
  await program(join(etc, 'app~'), 'exit 1');
  await symlink('/dev/null', join(etc, 'network'));
  await symlink('/no/such', join(etc, 'dangling'));
  const found = findGates([etc, usr, join(folder, 'missing')]);
  assert.deepEqual(
    found.map(({ name, kind }) => [name, kind]),
    [
      ['app', 'program'],
      ['dangling', 'broken'],
      ['disk', 'program'],
      ['hangs', 'program'],
      ['network', 'off'],
      ['plain', 'broken'],
    ],
  );
  const said = await Promise.all(
    found
      .filter(({ kind }) => kind !== 'off')
      .map((gate) => askGate(gate, gate.name === 'hangs' ? 300 : 60_000)),
  );
  assert.deepEqual(
    said.map(({ gate, healthy: good, message }) => [gate, good, message.replaceAll(folder, '')]),
    [
      ['app', true, 'the app answers'],
      ['dangling', false, '/etc/dangling cannot be executed.'],
      ['disk', false, 'sda is slow'],
      ['hangs', false, '/etc/hangs did not end within 0.3 s.'],
      ['plain', false, '/etc/plain cannot be executed.'],
    ],
  );
});

test('content means content twice; the end of the time is the end', async () => {
  const script = (...looks: boolean[]) => {
    let asked = 0;
    const look = async (): Promise<GateVerdict[]> => {
      const good = looks[Math.min(asked++, looks.length - 1)] ?? false;
      return [{ gate: 'one', healthy: good, message: '' }];
    };
    return { look, count: () => asked };
  };
  const flapping = script(false, true, false, true, true, false);
  assert.ok((await waitUntilHealthy(flapping.look, 60_000, { settleMs: 1 }))[0]?.healthy);
  assert.equal(flapping.count(), 5);
  const never = script(false);
  const told: string[] = [];
  const onUnhealthy = (verdicts: readonly GateVerdict[]) =>
    told.push(verdicts.map(({ gate }) => gate).join());
  const last = await waitUntilHealthy(never.look, 1000, { settleMs: 1, quietMs: 0, onUnhealthy });
  assert.equal(last[0]?.healthy, false);
  assert.ok(never.count() > 1);
  // Once, because it stays the same.
  assert.deepEqual(told, ['one']);
});
