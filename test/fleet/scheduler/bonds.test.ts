import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePlacement } from '../../../src/fleet/placement.ts';
import { explainWaiting } from '../../../src/fleet/scheduler/explain.ts';
import { findRings } from '../../../src/fleet/scheduler/rings.ts';
import { schedule } from '../../../src/fleet/scheduler/scheduler.ts';
import { parseUnitContent } from '../../../src/fleet/unit-content.ts';
import { assertSound, bond, changes, machine, places, scheduled, unit } from './build.ts';

const three = [machine('m1'), machine('m2', { disk: 'ssd' }), machine('m3')];
const ssd = { machineMetadata: new Map([['disk', ['ssd']]]) };

const bondsIn = (name: string, text: string) =>
  (parsePlacement(parseUnitContent(text, name), name).bonds ?? []).map(
    ({ unit: peer, by }) => `${peer} ${by}`,
  );

test('a unit file says what its unit needs on its machine', () => {
  const text =
    '[Unit]\nRequires=db.service cache@%i.service\nBindsTo=db.service\nWants=a.service\nAfter=b.service\n';
  assert.deepEqual(bondsIn('web@2.service', text), ['db.service Requires=', 'cache@2.service Requires=']);
  assert.deepEqual(bondsIn('a.service', '[Service]\nSlice=batch.slice\n'), ['batch.slice Slice=']);
  assert.deepEqual(bondsIn('a.timer', '[Timer]\nOnCalendar=daily\n'), ['a.service what the timer starts']);
  assert.deepEqual(bondsIn('a.timer', '[Timer]\nUnit=b.service\n'), ["b.service its timer's Unit="]);
  assert.deepEqual(bondsIn('a@7.socket', '[Socket]\nListenStream=1\n'), [
    'a@7.service what the socket starts',
  ]);
  assert.deepEqual(bondsIn('a.socket', '[Socket]\nListenStream=1\nAccept=yes\n'), []);
  assert.deepEqual(bondsIn('mnt.automount', '[Automount]\nWhere=/mnt\n'), [
    'mnt.mount what the automount starts',
  ]);
  assert.deepEqual(bondsIn('a.service', '[Unit]\nRequires=%H.service a.service\n'), []);
});

test('what a unit needs is placed first, where both may be, and takes it along', () => {
  const cluster = scheduled(three, [
    unit('a.service', { bonds: [bond('z.service')], ...ssd }),
    unit('z.service'),
    unit('free.service', { bonds: [bond('docker.service')] }),
  ]);
  assert.equal(places(cluster)['z.service'], 'm2');
  assert.equal(places(cluster)['a.service'], 'm2');
  assert.equal(places(cluster)['free.service'], 'm1', 'docker.service is none of the cluster');
  cluster.setMachine(machine('m4', { disk: 'ssd' }));
  schedule(cluster, changes({ lost: ['m2'], machines: ['m4'] }));
  assert.deepEqual([places(cluster)['a.service'], places(cluster)['z.service']], ['m4', 'm4']);
});

test('units that need each other are placed together, as a service and its sidekick are', () => {
  const cluster = scheduled(three, [
    unit('app.service', { bonds: [bond('tell.service')] }),
    unit('tell.service', { machineOf: ['app.service'], bonds: [bond('app.service')] }),
    ...['x', 'y', 'z'].map((name) =>
      unit(`${name}.service`, {
        bonds: ['x', 'y', 'z'].filter((one) => one !== name).map((one) => bond(`${one}.service`)),
      }),
    ),
  ]);
  const at = places(cluster);
  assert.ok(at['app.service'] !== undefined);
  assert.equal(at['tell.service'], at['app.service']);
  assert.ok(at['x.service'] !== undefined);
  assert.deepEqual([at['y.service'], at['z.service']], [at['x.service'], at['x.service']]);
  const from = at['app.service'] ?? '';
  cluster.setMachine(machine(from, {}, true, {}, { since: '', reason: '', force: false }));
  schedule(cluster, changes({ machines: [from] }));
  assert.notEqual(places(cluster)['app.service'], from, 'a drained machine gives up both');
  assert.equal(places(cluster)['tell.service'], places(cluster)['app.service']);
  assertSound(cluster);
});

test('what stays without what it needs is where that comes back', () => {
  const cluster = scheduled(three, [unit('a.service', { bonds: [bond('z.service')] }), unit('z.service')]);
  const home = places(cluster)['a.service'] ?? '';
  cluster.setUnit(unit('z.service', {}, 'inactive'));
  assert.deepEqual(
    schedule(cluster, changes({ units: ['z.service'] })).map(({ kind, unit: name }) => `${kind} ${name}`),
    ['remove z.service'],
  );
  for (const name of ['b', 'c', 'd', 'e'])
    cluster.setUnit(unit(`${name}.service`, { weight: 9, machineID: home }));
  schedule(cluster, changes({ units: ['b.service', 'c.service', 'd.service', 'e.service'] }));
  cluster.setUnit(unit('z.service'));
  const back = schedule(cluster, changes({ units: ['z.service'] }));
  assert.deepEqual(
    back.map(({ kind, machine: id }) => `${kind} ${id}`),
    [`place ${home}`],
  );
});

test('what a global unit needs, and what needs one, meet', () => {
  const cluster = scheduled(three, [
    unit('a.service', { global: true, bonds: [bond('z.slice')] }),
    unit('z.slice', { global: true, ...ssd }),
    unit('w.service', { bonds: [bond('a.service')] }),
    unit('g.service', { global: true, bonds: [bond('one.service')] }),
    unit('one.service', { machineID: 'm3' }),
  ]);
  assert.deepEqual(places(cluster), {
    'a.service': 'm2',
    'g.service': 'm3',
    'one.service': 'm3',
    'w.service': 'm2',
    'z.slice': 'm2',
  });
});

test('a service that is only loaded comes to the timer that cannot come to it', () => {
  const timer = unit('a.timer', { bonds: [bond('a.service')], ...ssd });
  const cluster = scheduled(three, [unit('a.service', {}, 'loaded')]);
  assert.equal(places(cluster)['a.service'], 'm1');
  cluster.setUnit(timer);
  schedule(cluster, changes({ units: ['a.timer'] }));
  assert.deepEqual(places(cluster), { 'a.service': 'm2', 'a.timer': 'm2' });
  assertSound(cluster);
  // What runs is not moved for it.
  const running = scheduled(three, [unit('a.service')]);
  running.setUnit(timer);
  schedule(running, changes({ units: ['a.timer'] }));
  assert.deepEqual(places(running), { 'a.service': 'm1' });
});

test('needs that cannot be met are refused with what to change', () => {
  const why = (...units: Parameters<typeof scheduled>[1][number][]) => {
    const cluster = scheduled(three, units);
    return units[0] === undefined ? undefined : explainWaiting(cluster, units[0]);
  };
  assert.equal(
    why(unit('a.service', { bonds: [bond('z.service')] }), unit('z.service', {}, 'inactive')),
    'It must be on the machine of z.service (Requires=), which nobody has asked for: fleetctl load z.service.',
  );
  assert.equal(
    why(unit('a.service', { bonds: [bond('z.service')], ...ssd }), unit('z.service', { machineID: 'm1' })),
    'It must be on the machine of z.service (Requires=), and cannot be there: Machine m1 has no metadata disk (ssd is wanted).',
  );
  assert.equal(
    why(
      unit('a.service', { bonds: [bond('z.service')], machineID: 'm3' }),
      unit('z.service', { machineID: 'm1' }),
    ),
    'It must be on the machine of z.service (Requires=), and cannot be there: Machine m1 is not m3.',
  );
});

test('a ring has a leader unless MachineOf= alone makes it', () => {
  const ring = (strict: readonly string[], bound: readonly string[]) => [
    { name: 'a', strict, bound },
    { name: 'b', strict: ['a'], bound: [] },
  ];
  assert.deepEqual([...findRings(ring([], ['b'])).leaders].sort(), [
    ['a', 'a'],
    ['b', 'a'],
  ]);
  assert.deepEqual([...findRings(ring(['b'], [])).leaders], []);
  assert.deepEqual([...findRings(ring([], [])).leaders], []);
  const chain = Array.from({ length: 20_000 }, (_, i) => ({
    name: `${i}`,
    strict: [],
    bound: [`${(i + 1) % 20_000}`],
  }));
  assert.equal(findRings(chain).leaders.get('7'), '0', 'deep rings need no deep stack');
});
