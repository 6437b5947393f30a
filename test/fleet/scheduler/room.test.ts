// Room on machines: weights, caps, reservations, and soft spreading.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { explainWaiting } from '../../../src/fleet/scheduler/explain.ts';
import { schedule } from '../../../src/fleet/scheduler/scheduler.ts';
import { changes, machine, places, scheduled, unit } from './build.ts';

const web = (count: number, placement: Parameters<typeof unit>[1]) =>
  Array.from({ length: count }, (_, index) => unit(`web@${index + 1}.service`, placement));

test('a heavy unit counts for as many as its weight', () => {
  const machines = [machine('m1'), machine('m2')];
  const light = ['b', 'c', 'd', 'e'].map((name) => unit(`${name}.service`));
  const cluster = scheduled(machines, [unit('a.service', { weight: 3 }), ...light]);
  const { 'a.service': heavy, ...others } = places(cluster);
  assert.equal(heavy, 'm1');
  assert.deepEqual(Object.values(others), ['m2', 'm2', 'm2', 'm1']);
});

test('MaxPerMachine holds for the instances of one template, and says so', () => {
  const units = web(5, { maxPerMachine: 2 });
  const cluster = scheduled([machine('m1'), machine('m2')], [...units, unit('other.service')]);
  assert.equal(Object.keys(places(cluster)).length, 5);
  assert.deepEqual([...cluster.pending], ['web@5.service']);
  const last = units.at(-1) ?? assert.fail();
  assert.equal(
    explainWaiting(cluster, last),
    'Machine m1 has 2 of web@.service; MaxPerMachine is 2. The same goes for 1 more machine.',
  );
});

test('a machine takes no more units than its cap, and keeps those it has when the cap shrinks', () => {
  const units = web(5, {});
  const cluster = scheduled([machine('m1', {}, true, { units: 3 })], units);
  assert.equal(Object.keys(places(cluster)).length, 3);
  cluster.setMachine(machine('m1', {}, true, { units: 1 }));
  assert.deepEqual(schedule(cluster, changes({ machines: ['m1'] })), []);
  const waiting = units.at(-1) ?? assert.fail();
  assert.equal(explainWaiting(cluster, waiting), 'Machine m1 has 3 units, and takes 1 at the most.');
});

test('reserved memory and processors are not given twice, and are free again when their unit goes', () => {
  const units = ['a', 'b', 'c'].map((name) => unit(`${name}.service`, { memoryBytes: 600 * 1024 ** 2 }));
  const cluster = scheduled([machine('m1', {}, true, { memoryBytes: 1024 ** 3, cpuMillis: 2000 })], units);
  assert.deepEqual(Object.keys(places(cluster)), ['a.service']);
  assert.equal(
    explainWaiting(cluster, units[1] ?? assert.fail()),
    'Machine m1 has 424 MiB of memory that is not reserved; 600 MiB are wanted.',
  );
  cluster.removeUnit('a.service');
  schedule(cluster, changes({ units: ['a.service'] }));
  assert.deepEqual(Object.keys(places(cluster)), ['b.service']);
  const busy = scheduled(
    [machine('m1', {}, true, { cpuMillis: 2000 })],
    [unit('a.service', { cpuMillis: 1500 }), unit('b.service', { cpuMillis: 1000 })],
  );
  assert.equal(
    explainWaiting(busy, unit('b.service', { cpuMillis: 1000 })),
    'Machine m1 has 0.5 processors that are not reserved; 1 are wanted.',
  );
});

test('SpreadOver evens the kind out over the values of a key before it looks at load', () => {
  const racks = [
    machine('m1', { rack: 'a' }),
    machine('m2', { rack: 'a' }),
    machine('m3', { rack: 'a' }),
    machine('m4', { rack: 'b' }),
    machine('m5'),
  ];
  const cluster = scheduled(racks, web(6, { spreadOver: ['rack', 'MachineID'] }));
  const on = Object.values(places(cluster));
  const inRack = (rack: string) =>
    on.filter((id) => racks.find((one) => one.id === id)?.metadata['rack'] === rack);
  assert.equal(inRack('a').length, 3);
  assert.equal(inRack('b').length, 3);
  assert.equal(new Set(inRack('a')).size, 3);
  // Soft: where only one rack is left, everything goes there.
  schedule(cluster, changes({ lost: ['m4'] }));
  assert.equal(Object.keys(places(cluster)).length, 6);
});

test('whatever the machines, spread units differ by one at the most between values that have the same room', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 30 }), (racks, count) => {
      const machines = Array.from({ length: racks * 2 }, (_, i) =>
        machine(`m${i}`, { rack: `r${i % racks}` }),
      );
      const cluster = scheduled(machines, web(count, { spreadOver: ['rack'] }));
      const counts = new Map<string, number>();
      for (const id of Object.values(places(cluster))) {
        const rack = `r${Number(id.slice(1)) % racks}`;
        counts.set(rack, (counts.get(rack) ?? 0) + 1);
      }
      const all = Array.from({ length: racks }, (_, i) => counts.get(`r${i}`) ?? 0);
      assert.ok(Math.max(...all) - Math.min(...all) <= 1, all.join(' '));
    }),
  );
});
