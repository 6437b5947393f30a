// Draining: a machine's units go elsewhere, what fits nowhere else stays unless it is forced, none come.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainWaiting } from '../../../src/fleet/scheduler/explain.ts';
import { schedule } from '../../../src/fleet/scheduler/scheduler.ts';
import { changes, machine, places, scheduled, unit } from './build.ts';

const drained = (id: string, force = false) =>
  machine(id, {}, true, {}, { since: '2026-01-01T00:00:00Z', reason: 'new disk', force });

test('units leave in order, followers with their peers, globals for good, and nothing comes', () => {
  const cluster = scheduled(
    [machine('m1'), machine('m2')],
    [
      unit('a.service'),
      unit('b.service'),
      unit('c.service', { machineOf: ['a.service'] }),
      unit('g.service', { global: true }),
    ],
  );
  const from = places(cluster)['a.service'] ?? '';
  const to = from === 'm1' ? 'm2' : 'm1';
  cluster.setMachine(drained(from));
  const decisions = schedule(cluster, changes({ machines: [from] }));
  assert.deepEqual(places(cluster), {
    'a.service': to,
    'b.service': to,
    'c.service': to,
    'g.service': to,
  });
  const moved = decisions.find(({ kind, unit: name }) => kind === 'place' && name === 'a.service');
  assert.deepEqual(moved?.kind === 'place' && moved.after, [from]);
  assert.match(
    moved?.reason ?? '',
    new RegExp(`^Machine ${from} is being drained \\(new disk\\)\\. Least loaded`),
  );
  cluster.setUnit(unit('d.service', { machineID: from }));
  schedule(cluster, changes({ units: ['d.service'] }));
  assert.equal(
    explainWaiting(cluster, unit('d.service', { machineID: from })),
    `Machine ${from} is being drained (new disk).`,
  );
  cluster.setMachine(machine(from));
  schedule(cluster, changes({ machines: [from] }));
  assert.equal(places(cluster)['g.service'], 'm1 m2');
  assert.equal(places(cluster)['d.service'], from);
});

test('a global unit that left one machine does not keep others waiting', () => {
  const cluster = scheduled([machine('m1'), machine('m2')], [unit('g.service', { global: true })]);
  cluster.setMachine(drained('m1'));
  schedule(cluster, changes({ machines: ['m1'] }));
  cluster.setMachine(machine('m1'));
  cluster.setMachine(drained('m2'));
  schedule(cluster, changes({ machines: ['m1', 'm2'] }));
  cluster.setMachine(machine('m2'));
  const [back] = schedule(cluster, changes({ machines: ['m2'] }));
  assert.deepEqual(back?.kind === 'place' && { machine: back.machine, after: back.after }, {
    machine: 'm2',
    after: [],
  });
});

test('what no other machine takes stays, goes as soon as one does, or at once when forced', () => {
  const bound = unit('a.service', { conflicts: ['a*'] });
  const cluster = scheduled(
    [machine('m1'), machine('m2')],
    [bound, unit('a2.service', { conflicts: ['a*'] })],
  );
  const from = places(cluster)['a.service'] ?? '';
  cluster.setMachine(drained(from));
  assert.deepEqual(schedule(cluster, changes({ machines: [from] })), []);
  cluster.setMachine(machine('m3'));
  schedule(cluster, changes({ machines: ['m3'] }));
  assert.equal(places(cluster)['a.service'], 'm3');
  cluster.setMachine(drained('m3', true));
  schedule(cluster, changes({ machines: ['m3'] }));
  assert.equal(places(cluster)['a.service'], undefined);
  assert.ok(cluster.pending.has('a.service'));
});

test('a unit that moves on before it was stopped waits for everybody who had it', () => {
  const cluster = scheduled([machine('m1'), machine('m2'), machine('m3')], [unit('a.service')]);
  const last = (id: string) => {
    cluster.setMachine(drained(id));
    const place = schedule(cluster, changes({ machines: [id] })).find(({ kind }) => kind === 'place');
    return place?.kind === 'place' ? [place.machine, ...place.after] : [];
  };
  assert.deepEqual(last('m1'), ['m2', 'm1']);
  assert.deepEqual(last('m2'), ['m3', 'm1', 'm2']);
});

test('a global unit that comes to a machine waits for no other machine that it has left before', () => {
  const everywhere = unit('g.service', { global: true });
  const cluster = scheduled([machine('m1'), machine('m2')], [everywhere]);
  const drained = { since: '', reason: '', force: false };
  cluster.setMachine(machine('m1', {}, true, {}, drained));
  schedule(cluster, changes({ machines: ['m1'] }));
  cluster.setMachine(machine('m3'));
  const [placed] = schedule(cluster, changes({ machines: ['m3'] }));
  assert.deepEqual(placed?.kind === 'place' && [placed.machine, ...placed.after], ['m3']);
});
