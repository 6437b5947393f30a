// Evening out: only on request, only what may move, as few as needed, and what results is sound.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { moveDecisions, planRebalance } from '../../../src/fleet/scheduler/rebalance.ts';
import { schedule } from '../../../src/fleet/scheduler/scheduler.ts';
import { assertSound, changes, machine, places, scheduled, unit } from './build.ts';

test('a machine that joined gets its share, and a second time nothing moves', () => {
  const units = Array.from({ length: 9 }, (_, index) => unit(`u${index}.service`));
  const cluster = scheduled([machine('m1'), machine('m2')], units);
  cluster.setMachine(machine('m3'));
  assert.deepEqual(schedule(cluster, changes({ machines: ['m3'] })), []);
  const moves = planRebalance(cluster);
  assert.equal(moves.length, 3);
  assert.ok(moves.every(({ to }) => to === 'm3'));
  const first = moves[0] ?? assert.fail();
  assert.deepEqual(
    moveDecisions(cluster, first).map(({ kind, machine: id }) => [kind, id]),
    [
      ['remove', first.from],
      ['place', 'm3'],
    ],
  );
  assert.deepEqual(planRebalance(cluster), []);
});

test('what is bound stays: to a machine, to other units, or as one that others are bound to', () => {
  const cluster = scheduled(
    [machine('m1')],
    [
      unit('a.service', { machineID: 'm1' }),
      unit('b.service', { machineOf: ['c.service'] }),
      unit('c.service'),
      unit('d.service', { global: true }),
    ],
  );
  cluster.setMachine(machine('m2'));
  schedule(cluster, changes({ machines: ['m2'] }));
  assert.deepEqual(planRebalance(cluster), []);
});

test('after evening out machines differ by less than the heaviest unit that could move, and all is sound', () => {
  const weights = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 25 });
  fc.assert(
    fc.property(weights, fc.integer({ min: 1, max: 5 }), (all, joining) => {
      const cluster = scheduled(
        [machine('m0')],
        all.map((weight, index) => unit(`u${index}.service`, { weight })),
      );
      for (let id = 1; id <= joining; id++) cluster.setMachine(machine(`m${id}`));
      schedule(cluster, changes({ machines: cluster.machines.keys() }));
      const moves = planRebalance(cluster);
      assert.equal(new Set(moves.map(({ unit: name }) => name)).size, moves.length);
      assertSound(cluster);
      assert.equal(Object.keys(places(cluster)).length, all.length);
      const loads = [...cluster.machines.values()].map(({ weight }) => weight);
      assert.ok(Math.max(...loads) - Math.min(...loads) <= Math.max(...all));
    }),
  );
});
