// Clusters live through faults on a virtual clock; what is here is bounded to seconds of work. More of it:
// keelson simulate --scenario chaos --seeds 1000.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInMemory, type ScenarioName, scenarios } from '../../src/simulator/index.ts';
import { isScenario } from '../../src/simulator/scenarios.ts';

const small = { machines: 6, units: 40, ttlMs: 10_000 };
const single: ScenarioName[] = Object.keys(scenarios)
  .filter(isScenario)
  .filter((name) => name !== 'chaos');

test('a cluster lives through every single fault, and nothing happens that must not', async () => {
  const report = await runInMemory({ ...small, seed: 1, scenarios: single });
  assert.deepEqual(report.violations, []);
  assert.deepEqual(
    report.scenarios.map(({ scenario }) => scenario),
    ['fill', ...single],
  );
  const figure = (scenario: string, name: string) =>
    report.scenarios.find((one) => one.scenario === scenario)?.figures[name] ?? Number.NaN;
  assert.equal(figure('store-away', 'startsAndStops'), 0);
  assert.equal(figure('rest', 'writes'), 0);
  // One lease, and little more: on a clock that no load of this machine slows down.
  for (const scenario of ['lose-machine', 'lose-leader', 'cut-machine', 'cut-leader'])
    assert.ok(figure(scenario, 'failOverSeconds') < 11, scenario);
});

for (const seed of [2, 13, 37, 55, 60]) {
  test(`random faults and operations of seed ${seed} leave what is wanted running, once`, async () => {
    const report = await runInMemory({ ...small, seed, scenarios: ['chaos'] });
    assert.deepEqual(report.violations, []);
  });
}

test('the same seed gives the same course of events, another seed another', async () => {
  const traces: string[] = [];
  for (const seed of [7, 7, 8])
    traces.push((await runInMemory({ ...small, seed, scenarios: ['chaos'] })).trace);
  assert.equal(traces[0], traces[1]);
  assert.notEqual(traces[0], traces[2]);
});
