import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Capacity, Drain } from '../../../src/fleet/model.ts';
import { Cluster, type SchedulableUnit } from '../../../src/fleet/scheduler/cluster.ts';
import type { Decision } from '../../../src/fleet/scheduler/decision.ts';
import { explainWaiting } from '../../../src/fleet/scheduler/explain.ts';
import type { SchedulableMachine } from '../../../src/fleet/scheduler/load.ts';
import { schedule } from '../../../src/fleet/scheduler/scheduler.ts';
import { assertSound, bond, changes, machine, places, scheduled, unit } from './build.ts';

const three = [machine('m1'), machine('m2'), machine('m3')];

test('the least loaded machine takes the next unit, the smallest ID at a tie', () => {
  const units = ['a', 'b', 'c', 'd'].map((name) => unit(`${name}.service`));
  assert.deepEqual(places(scheduled(three, units)), {
    'a.service': 'm1',
    'b.service': 'm2',
    'c.service': 'm3',
    'd.service': 'm1',
  });
});

test('MachineID takes the whole ID or its first eight characters', () => {
  const machines = [machine('0a1b2c3d4e5f'), machine('77c0aaaa0000')];
  const cluster = scheduled(machines, [
    unit('a.service', { machineID: '77c0aaaa' }),
    unit('b.service', { machineID: '77c0aaaa0000' }),
    unit('c.service', { machineID: '77c0' }),
  ]);
  assert.deepEqual(places(cluster), { 'a.service': '77c0aaaa0000', 'b.service': '77c0aaaa0000' });
});

test('a follower goes where its peer goes, and waits when the peer is nowhere', () => {
  const cluster = scheduled(three, [
    unit('b.service', { machineOf: ['z.service'] }),
    unit('a.service'),
    unit('z.service'),
  ]);
  assert.equal(places(cluster)['b.service'], places(cluster)['z.service']);
  const from = places(cluster)['z.service'] ?? '';
  schedule(cluster, changes({ lost: [from] }));
  assert.notEqual(places(cluster)['z.service'], from);
  assert.equal(places(cluster)['b.service'], places(cluster)['z.service']);
  cluster.setUnit(unit('z.service', {}, 'inactive'));
  schedule(cluster, changes({ units: ['z.service'] }));
  assert.equal(places(cluster)['b.service'], undefined);
  assert.ok(cluster.pending.has('b.service'));
});

test('a global unit is on every machine that fits, also on one that comes later', () => {
  const cluster = scheduled(
    [machine('m1', { disk: 'ssd' }), machine('m2')],
    [unit('g.service', { global: true, machineMetadata: new Map([['disk', ['ssd']]]) })],
  );
  assert.deepEqual(places(cluster), { 'g.service': 'm1' });
  cluster.setMachine(machine('m3', { disk: 'ssd' }));
  schedule(cluster, changes({ machines: ['m3'] }));
  assert.deepEqual(places(cluster), { 'g.service': 'm1 m3' });
});

test('the replaced unit moves, the one that replaces it stays', () => {
  for (const [first, second] of [
    ['a.service', 'z.service'],
    ['z.service', 'a.service'],
  ] as const) {
    const cluster = scheduled([machine('m1')], [unit(first)]);
    cluster.setUnit(unit(second, { replaces: [first] }));
    schedule(cluster, changes({ units: [second] }));
    assert.deepEqual(places(cluster)[first], 'm1', 'no other machine: it stays');
    cluster.setMachine(machine('m2'));
    schedule(cluster, changes({ machines: ['m2'] }));
    assert.deepEqual([places(cluster)[first], places(cluster)[second]], ['m2', 'm1']);
  }
});

test('an away machine keeps what it has and takes nothing', () => {
  const cluster = scheduled([machine('m1'), machine('m2')], [unit('a.service'), unit('b.service')]);
  cluster.setMachine(machine('m1', {}, false));
  for (const name of ['c.service', 'd.service']) cluster.setUnit(unit(name));
  const decisions = schedule(cluster, changes({ machines: ['m1'], units: ['c.service', 'd.service'] }));
  assert.deepEqual(places(cluster), {
    'a.service': 'm1',
    'b.service': 'm2',
    'c.service': 'm2',
    'd.service': 'm2',
  });
  assert.equal(decisions.length, 2);
});

test('what waits can say why', () => {
  const ssd = new Map([['disk', ['ssd']]]);
  const why = (machines: readonly SchedulableMachine[], units: readonly SchedulableUnit[]) => {
    const cluster = scheduled(machines, units);
    const last = units.at(-1);
    return last === undefined ? undefined : explainWaiting(cluster, last);
  };
  assert.equal(why([], [unit('a.service')]), 'No machine is present.');
  assert.equal(
    why([machine('m1', { disk: 'hdd' })], [unit('a.service', { machineMetadata: ssd })]),
    'No machine has metadata disk=ssd. Known values of disk: hdd.',
  );
  assert.equal(
    why(
      [machine('m1'), machine('m2', { disk: 'ssd' })],
      [
        unit('w@1.service', { machineMetadata: ssd, conflicts: ['w@*.service'] }),
        unit('w@2.service', { machineMetadata: ssd, conflicts: ['w@*.service'] }),
      ],
    ),
    'It conflicts with w@1.service on m2.',
  );
  assert.match(why([machine('m1')], [unit('a.service', { machineID: 'm9' })]) ?? '', /bound to machine m9/);
  assert.match(
    why([machine('m1')], [unit('a.service', { machineOf: ['b.service'] })]) ?? '',
    /does not exist/,
  );
  assert.equal(why([machine('m1')], [unit('a.service')]), undefined);
});

const drain = (force: boolean): Drain => ({ since: '', reason: '', force });
const names = ['a.service', 'b.service', 'w@1.service', 'w@2.service', 'w@3.service', 'z.service'];
const patterns = ['w@*.service', 'a.service', '?.service', 'z*', '*'];
const arbitraryUnit = fc
  .record({
    name: fc.constantFrom(...names),
    machineOf: fc.subarray(names, { maxLength: 1 }),
    bonds: fc.option(fc.subarray(names, { maxLength: 2 }), { nil: undefined }),
    conflicts: fc.subarray(patterns, { maxLength: 2 }),
    disk: fc.constantFrom('', '', '', 'ssd', 'hdd'),
    global: fc.constantFrom(false, false, false, true),
    wanted: fc.constantFrom('launched', 'launched', 'loaded', 'inactive'),
    extras: fc.constantFrom<Partial<SchedulableUnit['placement']>>(
      {},
      {},
      { maxPerMachine: 1 },
      { memoryBytes: 2 },
      { memoryBytes: 3, cpuMillis: 500 },
      { spreadOver: ['disk'], weight: 3 },
      { metadataRules: [{ kind: 'not', key: 'disk', values: ['hdd'] }] },
    ),
  })
  .map(({ name, machineOf, bonds, conflicts, disk, global, wanted, extras }) =>
    unit(
      name,
      {
        machineOf: global ? [] : machineOf.filter((peer) => peer !== name),
        ...(bonds === undefined ? {} : { bonds: bonds.filter((peer) => peer !== name).map(bond) }),
        conflicts,
        machineMetadata: new Map(disk === '' ? [] : [['disk', [disk]]]),
        global,
        ...extras,
      },
      wanted === 'loaded' ? 'loaded' : wanted === 'inactive' ? 'inactive' : 'launched',
    ),
  );

type Step =
  | { readonly kind: 'unit'; readonly unit: SchedulableUnit }
  | { readonly kind: 'destroy'; readonly name: string }
  | {
      readonly kind: 'machine';
      readonly id: string;
      readonly disk: string;
      readonly open: boolean;
      readonly capacity: Capacity;
      readonly drain: Drain | undefined;
    }
  | { readonly kind: 'lose'; readonly id: string };

const ids = fc.constantFrom('m1', 'm2', 'm3', 'm4');
const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: arbitraryUnit.map((one) => ({ kind: 'unit', unit: one }) as const) },
  { weight: 1, arbitrary: fc.constantFrom(...names).map((name) => ({ kind: 'destroy', name }) as const) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('machine' as const),
      id: ids,
      disk: fc.constantFrom('', 'ssd', 'hdd'),
      open: fc.constant(true),
      drain: fc.constantFrom(undefined, undefined, undefined, drain(false), drain(true)),
      capacity: fc.constantFrom<Capacity>({}, {}, { units: 2 }, { memoryBytes: 4, cpuMillis: 1000 }),
    }),
  },
  { weight: 1, arbitrary: ids.map((id) => ({ kind: 'lose', id }) as const) },
);

function take(cluster: Cluster, step: Step): readonly Decision[] {
  switch (step.kind) {
    case 'unit':
      cluster.setUnit(step.unit);
      return schedule(cluster, changes({ units: [step.unit.name] }));
    case 'destroy':
      cluster.removeUnit(step.name);
      return schedule(cluster, changes({ units: [step.name] }));
    case 'machine':
      cluster.setMachine(
        machine(step.id, step.disk === '' ? {} : { disk: step.disk }, step.open, step.capacity, step.drain),
      );
      return schedule(cluster, changes({ machines: [step.id] }));
    case 'lose':
      return schedule(cluster, changes({ lost: [step.id] }));
  }
}

test('after any history every unit is where it may be, and none waits needlessly', () => {
  fc.assert(
    fc.property(fc.array(arbitraryStep, { maxLength: 25 }), (steps) => {
      const cluster = new Cluster();
      for (const step of steps) {
        take(cluster, step);
        assertSound(cluster);
      }
    }),
    { numRuns: 600 },
  );
});

test('the same history gives the same decisions, and nothing to do gives none', () => {
  fc.assert(
    fc.property(fc.array(arbitraryStep, { maxLength: 20 }), (steps) => {
      const [one, two] = [new Cluster(), new Cluster()];
      for (const step of steps) assert.deepEqual(take(one, step), take(two, step));
      const everything = changes({ units: one.units.keys(), machines: one.machines.keys() });
      assert.deepEqual(schedule(one, everything), []);
    }),
    { numRuns: 300 },
  );
});

test('a lost machine moves only its own units and those that must be with them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 2, max: 6 }), (count, size) => {
      const machines = Array.from({ length: size }, (_, i) => machine(`m${i}`));
      const cluster = scheduled(
        machines,
        Array.from({ length: count }, (_, i) => unit(`u${i}.service`)),
      );
      const before = places(cluster);
      schedule(cluster, changes({ lost: ['m0'] }));
      const after = places(cluster);
      for (const name of Object.keys(before)) {
        if (before[name] !== 'm0') assert.equal(after[name], before[name]);
        else assert.notEqual(after[name], 'm0');
      }
    }),
  );
});

test('every pattern that a unit brings sees the units that are placed already', () => {
  const cluster = scheduled([machine('m1')], [unit('w@3.service')]);
  cluster.setUnit(unit('a.service', { conflicts: ['w@*.service', '*'] }));
  schedule(cluster, changes({ units: ['a.service'] }));
  cluster.setUnit(unit('a.service', { conflicts: ['*'] }));
  schedule(cluster, changes({ units: ['a.service'] }));
  assertSound(cluster);
});
