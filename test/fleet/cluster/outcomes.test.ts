// Units that run once, and units that are tried elsewhere when they fail.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { judge } from '../../../src/fleet/ctl/waiting.ts';
import type { UnitRequest } from '../../../src/fleet/model.ts';
import { removeUnits } from '../../../src/fleet/registry/write.ts';
import { explainWaiting } from '../../../src/fleet/scheduler/explain.ts';
import { clusterOf } from '../../../src/fleet/scheduler/explain-in-view.ts';
import { type Node, service, TestCluster } from './nodes.ts';

const oneshot = (name: string, ...options: readonly (readonly [string, string])[]): UnitRequest => ({
  name,
  desiredState: 'launched',
  options: [
    ...(service(name).options ?? []),
    ...[['Type', 'oneshot'] as const, ...options].map(([option, value]) => ({
      section: 'Service',
      name: option,
      value,
    })),
  ],
});

/** How a oneshot ends in systemd: its start job is done when it is down again. */
const runOnce = ({ manager }: Node, name: string) =>
  manager.setUnit(name, { activeState: 'inactive', subState: 'dead' });

const starts = ({ manager }: Node, name: string) =>
  manager.calls.filter((call) => call === `start ${name}` || call === `restart ${name}`).length;

async function finished(cluster: TestCluster, name: string, on: Node): Promise<void> {
  await cluster.until(async () => (await cluster.status(name))?.states[0]?.jobResult === 'done', 'it ran');
  runOnce(on, name);
  await cluster.until(
    async () => (await cluster.status(name))?.finished?.machineID === on.id,
    'it is finished',
  );
}

test('a oneshot that finished is not run again when its machine is booted anew, with its store or without', async () => {
  await using cluster = await TestCluster.start(['m1']);
  const node = cluster.node('m1');
  await cluster.change(oneshot('a.service'), oneshot('setup.service', ['RemainAfterExit', 'yes']));
  await finished(cluster, 'a.service', node);
  const copied = async () =>
    /"finished":true/.test(await readFile(join(cluster.folder, 'm1/schedule'), 'utf8').catch(() => ''));
  await cluster.until(copied, 'the copy knows');
  await node.kill();
  node.start();
  await cluster.until(() => node.services.api.unavailable() === undefined, 'the daemon is back');
  await node.reboot();
  await cluster.until(() => starts(node, 'setup.service') === 1, 'what is to be there is set up again');
  await cluster.until(
    async () => (await cluster.status('a.service'))?.states[0]?.reached === 'launched',
    'it is loaded',
  );
  assert.equal(starts(node, 'a.service'), 0);
  const status = await cluster.status('a.service');
  assert.equal(judge({ name: 'a.service', goal: 'launched' }, status).kind, 'reached');
});

test('nor elsewhere when its machine is lost; and it runs again when that is wanted', async () => {
  await using cluster = await TestCluster.start(['m1', 'm2']);
  const [m1, m2] = [cluster.node('m1'), cluster.node('m2')];
  await cluster.change(oneshot('a.service'));
  await finished(cluster, 'a.service', m1);
  await m1.kill();
  await cluster.until(
    async () => (await cluster.status('a.service'))?.assignments.length === 0,
    'm1 is lost',
  );
  const { view } = await cluster.read();
  const [unit] = [...view.units.values()];
  assert.ok(unit !== undefined);
  assert.match(
    explainWaiting(clusterOf(view), unit) ?? '',
    /has finished; to have it run again, stop it and start it/,
  );
  const status = await cluster.status('a.service');
  assert.equal(judge({ name: 'a.service', goal: 'launched' }, status).kind, 'reached');
  assert.equal(starts(m2, 'a.service'), 0);
  await cluster.change({ name: 'a.service', desiredState: 'loaded' });
  await cluster.change({ name: 'a.service', desiredState: 'launched' });
  await cluster.until(() => starts(m2, 'a.service') === 1, 'it runs again');
  await removeUnits(cluster.store, cluster.keys, ['a.service']);
  await cluster.until(
    async () => (await cluster.read()).view.outcomes.size === 0,
    'its outcome is forgotten',
  );
});

test('stopped and started where it finished, it runs again', async () => {
  await using cluster = await TestCluster.start(['m1']);
  const node = cluster.node('m1');
  await cluster.change(oneshot('a.service'));
  await finished(cluster, 'a.service', node);
  await cluster.change({ name: 'a.service', desiredState: 'loaded' });
  await cluster.until(async () => (await cluster.status('a.service'))?.currentState === 'loaded', 'stopped');
  assert.equal((await cluster.status('a.service'))?.finished, undefined);
  await cluster.change({ name: 'a.service', desiredState: 'launched' });
  await cluster.until(() => starts(node, 'a.service') === 2, 'it runs again');
});

test('one that failed, and one that was stopped on its way, is not finished', async () => {
  await using cluster = await TestCluster.start(['m1']);
  const node = cluster.node('m1');
  node.manager.outcome = () => 'failed';
  await cluster.change(oneshot('a.service'));
  await cluster.until(
    async () => (await cluster.status('a.service'))?.states[0]?.jobResult === 'failed',
    'it failed',
  );
  node.manager.setUnit('a.service', { activeState: 'inactive', subState: 'dead' });
  node.manager.outcome = () => 'done';
  await node.reboot();
  await cluster.until(() => starts(node, 'a.service') === 1, 'it is tried again');
});

/** A crash that Restart= answers, the `restarts`th. */
function crash({ manager }: Node, name: string, restarts: number): void {
  manager.setProperties(name, { Result: 'exit-code', NRestarts: restarts - 1 });
  manager.setUnit(name, { activeState: 'activating', subState: 'auto-restart' });
}

async function crashOften(node: Node, name: string, times: number): Promise<void> {
  for (let count = 1; count <= times; count++) {
    crash(node, name, count);
    await new Promise((resolve) => setImmediate(resolve));
    node.manager.setUnit(name, { activeState: 'active', subState: 'running' });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const placeOf = async (cluster: TestCluster, name: string) => (await cluster.status(name))?.assignments[0];

test('a unit that failed so often goes to each machine that fits, and stays on the last with a reason', async () => {
  await using cluster = await TestCluster.start(['m1', 'm2', 'm3']);
  await cluster.change(
    service('a.service', [
      ['MoveAfterFailures', '3'],
      ['MachineMetadata', 'name in (m1, m2)'],
    ]),
  );
  await cluster.until(async () => (await cluster.running()).has('a.service'), 'it runs');
  await crashOften(cluster.node('m1'), 'a.service', 2);
  assert.equal((await placeOf(cluster, 'a.service'))?.machineID, 'm1');
  await crashOften(cluster.node('m1'), 'a.service', 3);
  await cluster.until(
    async () => (await cluster.running()).get('a.service')?.join() === 'm2',
    'it runs on m2',
  );
  const moved = await placeOf(cluster, 'a.service');
  assert.match(moved?.reason ?? '', /^It failed 3 times on m1\. Least loaded of/);
  assert.deepEqual(moved?.tried, ['m1']);
  await crashOften(cluster.node('m2'), 'a.service', 4);
  await cluster.until(
    async () =>
      /on m2, and no machine is left after m1: it stays/.test(
        (await placeOf(cluster, 'a.service'))?.reason ?? '',
      ),
    'it stays',
  );
  const stays = await placeOf(cluster, 'a.service');
  await crashOften(cluster.node('m2'), 'a.service', 8);
  await cluster.change(service('later.service'));
  await cluster.until(async () => (await cluster.running()).has('later.service'), 'the engine went on');
  assert.deepEqual(await placeOf(cluster, 'a.service'), stays);
  assert.equal(starts(cluster.node('m2'), 'a.service'), 1);
  // Wanted anew, it has all machines before it again.
  await cluster.change({ name: 'a.service', desiredState: 'loaded' });
  await cluster.until(async () => (await cluster.status('a.service'))?.currentState === 'loaded', 'stopped');
  await cluster.change({ name: 'a.service', desiredState: 'launched' });
  await cluster.until(
    async () => (await placeOf(cluster, 'a.service'))?.tried === undefined,
    'what was tried is forgotten',
  );
});

test('without the option a unit stays where it fails', async () => {
  await using cluster = await TestCluster.start(['m1', 'm2']);
  await cluster.change(service('a.service'));
  await cluster.until(async () => (await cluster.running()).has('a.service'), 'it runs');
  await crashOften(cluster.node('m1'), 'a.service', 20);
  cluster.node('m1').manager.setUnit('a.service', { activeState: 'failed', subState: 'failed' });
  await cluster.until(
    async () => (await cluster.status('a.service'))?.states[0]?.systemdActiveState === 'failed',
    'it is told',
  );
  assert.equal((await placeOf(cluster, 'a.service'))?.machineID, 'm1');
  assert.equal((await cluster.read()).view.outcomes.size, 0);
});

test('a unit that is left behind on a machine whose daemon is stopped is not started elsewhere', async () => {
  await using cluster = await TestCluster.start(['m1', 'm2']);
  const [m1, m2] = [cluster.node('m1'), cluster.node('m2')];
  await cluster.change(service('a.service'), service('b.service', [['MachineID', 'm2']]));
  await cluster.until(async () => (await cluster.running()).size === 2, 'they run');
  await m1.services.leave(false);
  await m1.kill();
  await cluster.change({ name: 'a.service', desiredState: 'inactive' });
  await cluster.until(
    async () => (await cluster.status('a.service'))?.assignments.length === 0,
    'it is taken away',
  );
  await cluster.change({ name: 'a.service', desiredState: 'launched' });
  const problem = async () =>
    (await cluster.status('a.service'))?.states.find(({ machineID }) => machineID === 'm2')?.problem;
  await cluster.until(
    async () => /may be running on m1.*fleetd is stopped/.test((await problem()) ?? ''),
    'it waits',
  );
  assert.equal(starts(m2, 'a.service'), 0);
  m1.start();
  await cluster.until(async () => (await cluster.running()).get('a.service')?.join() === 'm2', 'it goes on');
});
