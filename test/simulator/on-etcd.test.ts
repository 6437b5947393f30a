import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runOnEtcd } from '../../src/simulator/index.ts';
import { openStore, prefixRange } from '../../src/store/index.ts';
import { startEtcd } from '../store/etcd-process.ts';

test('simulated machines on a real etcd: filled, at rest without a write, one lost, and nothing left behind', async () => {
  await using cluster = await startEtcd();
  const { endpoints } = cluster;
  const report = await runOnEtcd({
    machines: 4,
    units: 20,
    seed: 1,
    ttlMs: 6_000,
    endpoints,
    restSeconds: 1,
  });
  assert.deepEqual(report.violations, []);
  const figures = (name: string) => report.scenarios.find(({ scenario }) => scenario === name)?.figures;
  assert.equal(figures('rest')?.writes, 0);
  assert.equal(figures('lose-machine')?.movedUnits, 5);
  await using store = await openStore({ kind: 'etcd', endpoints, deadlineMs: 30_000 });
  assert.deepEqual((await store.range(prefixRange('/'))).keyValues, []);
});
