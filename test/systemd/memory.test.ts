// The manager in memory: jobs end as told, followers see every step in order.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type JobResult, MemoryManager, systemdErrors, type UnitChange } from '../../src/systemd/index.ts';

function watch(manager: MemoryManager, ...names: string[]) {
  const seen: string[] = [];
  const controller = new AbortController();
  const follower = manager.follow(
    (change: UnitChange) => seen.push(`${change.name} ${change.loadState} ${change.activeState}`),
    { signal: controller.signal },
  );
  follower.setNames(new Set(names));
  return { seen, follower, stop: () => controller.abort() };
}

test('a start ends done, and followers see it on its way', async () => {
  const manager = new MemoryManager({ units: ['a.service'] });
  const { seen } = watch(manager, 'a.service');
  const job = await manager.job('start', 'a.service');
  assert.equal(await job.result, 'done');
  await turn();
  assert.deepEqual(seen, [
    'a.service loaded inactive',
    'a.service loaded activating',
    'a.service loaded active',
  ]);
  assert.deepEqual(manager.calls, ['start a.service']);
});

test('a job fails, or is held, as told', async () => {
  const held = Promise.withResolvers<JobResult>();
  const manager = new MemoryManager({
    units: ['a.service', 'b.service'],
    outcome: (_, unit) => (unit === 'a.service' ? 'failed' : held.promise),
  });
  assert.equal(await (await manager.job('start', 'a.service')).result, 'failed');
  assert.equal(await manager.unitProperty('a.service', 'ActiveState'), 'failed');
  const slow = await manager.job('start', 'b.service');
  await turn();
  assert.equal(await manager.unitProperty('b.service', 'ActiveState'), 'activating');
  const stop = await manager.job('stop', 'b.service');
  assert.equal(await slow.result, 'canceled');
  held.resolve('done');
  assert.equal(await stop.result, 'done');
  assert.equal(await manager.unitProperty('b.service', 'ActiveState'), 'inactive');
});

test('unknown units are refused and reported as not found', async () => {
  const manager = new MemoryManager();
  await assert.rejects(manager.job('start', 'a.service'), (error) => systemdErrors.is(error, 'no-such-unit'));
  const { seen } = watch(manager, 'a.service');
  await turn();
  await manager.linkUnitFiles(['/run/x/a.service'], true);
  await turn();
  assert.deepEqual(seen, ['a.service not-found inactive', 'a.service loaded inactive']);
  assert.equal(await manager.unitFileState('a.service'), 'linked-runtime');
  await manager.disableUnitFiles(['a.service']);
  await turn();
  assert.equal(seen.at(-1), 'a.service not-found inactive');
});

test('only followed names are told, and none after the end', async () => {
  const manager = new MemoryManager({ units: ['a.service', 'b.service'] });
  const { seen, follower, stop } = watch(manager, 'a.service');
  await turn();
  follower.setNames(new Set(['b.service']));
  await turn();
  manager.setUnit('a.service', { activeState: 'active' });
  manager.setUnit('b.service', { activeState: 'active' });
  await turn();
  stop();
  manager.setUnit('b.service', { activeState: 'failed' });
  await turn();
  assert.deepEqual(seen, [
    'a.service loaded inactive',
    'b.service loaded inactive',
    'b.service loaded active',
  ]);
});
