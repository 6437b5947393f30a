import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeUnits } from '../../../src/fleet/registry/write.ts';
import { service, TestCluster, ttlMs } from './nodes.ts';

const names = Array.from({ length: 9 }, (_, i) => `u${i}.service`);

async function started(ids = ['m1', 'm2', 'm3']): Promise<TestCluster> {
  const cluster = await TestCluster.start(ids);
  await cluster.change(...names.map((name) => service(name)));
  await cluster.until(async () => (await cluster.running()).size === names.length, 'all units run');
  return cluster;
}

test('units are spread, started once and told as active with their job done', async () => {
  await using cluster = await started();
  for (const [name, on] of await cluster.running()) assert.equal(on.length, 1, name);
  for (const node of cluster.nodes) {
    const starts = node.manager.calls.filter((call) => call.startsWith('start '));
    assert.equal(starts.length, 3);
    assert.deepEqual(
      node.manager.calls.filter((call) => call === 'reload'),
      [],
    );
  }
  await cluster.until(async () => {
    const { view } = await cluster.read();
    return names.every((name) =>
      [...(view.states.get(name)?.values() ?? [])].some(
        (state) =>
          state.systemdActiveState === 'active' && state.jobResult === 'done' && state.reached === 'launched',
      ),
    );
  }, 'all states are told');
  const status = await cluster.status('u0.service');
  assert.equal(status?.currentState, 'launched');
  assert.equal(status?.states[0]?.assignmentRevision, status?.assignments[0]?.revision);
});

test('at rest nothing is written', async () => {
  await using cluster = await started();
  const before = await cluster.atRest();
  await sleep(ttlMs * 1.5);
  assert.equal((await cluster.read()).revision, before);
});

test('stop, start, replace and destroy do what they say and leave nothing', async () => {
  await using cluster = await started(['m1']);
  const { manager } = cluster.node('m1');
  const active = async (name: string) => (await cluster.running()).has(name);
  await cluster.change({ name: 'u0.service', desiredState: 'loaded' });
  await cluster.until(async () => !(await active('u0.service')), 'u0 stops');
  await cluster.until(
    async () => (await cluster.status('u0.service'))?.currentState === 'loaded',
    'it is loaded',
  );
  await cluster.change({ name: 'u0.service', desiredState: 'launched' });
  await cluster.until(() => active('u0.service'), 'u0 starts again');
  const other = service('other.service').options ?? [];
  await cluster.change({ name: 'u0.service', options: other, replace: true });
  await cluster.until(async () => {
    const status = await cluster.status('u0.service');
    return status?.states[0]?.hash === status?.hash && (await active('u0.service'));
  }, 'u0 is replaced');
  assert.equal(manager.calls.filter((call) => call === 'stop u0.service').length, 2);
  await removeUnits(cluster.store, cluster.keys, names);
  await cluster.until(async () => {
    const { view } = await cluster.read();
    return view.states.size === 0 && view.assignments.size === 0;
  }, 'nothing is left in the store');
  assert.equal((await cluster.running()).size, 0);
  assert.deepEqual(await readdir(join(cluster.folder, 'm1', 'units')), []);
  await cluster.until(
    async () => (await readdir(join(cluster.folder, 'm1', 'notes'))).length === 0,
    'no notes',
  );
});

test("a lost machine's units run elsewhere; the others stay", async () => {
  await using cluster = await started();
  const before = (await cluster.read()).view.assignments;
  const lost = cluster.node((await cluster.read()).view.leader?.machineID === 'm3' ? 'm2' : 'm3');
  await lost.kill();
  await cluster.until(async () => {
    const { view } = await cluster.read();
    return names.every((name) => view.assignments.get(name)?.has(lost.id) === false);
  }, 'its units are given to others');
  const { view } = await cluster.read();
  for (const name of names) {
    const [was] = before.get(name)?.keys() ?? [];
    if (was !== undefined && was !== lost.id) assert.ok(view.assignments.get(name)?.has(was), name);
  }
});

test('a lost leader is followed by another, which gives away its units', async () => {
  await using cluster = await started();
  const leader = (await cluster.read()).view.leader?.machineID ?? '';
  await cluster.node(leader).kill();
  await cluster.until(async () => {
    const { view } = await cluster.read();
    return (
      view.leader !== undefined &&
      view.leader.machineID !== leader &&
      names.every((name) => view.assignments.get(name)?.has(leader) === false)
    );
  }, 'another leads and the units are elsewhere');
});

test('a daemon that comes back takes its units over as they are', async () => {
  await using cluster = await started();
  const node = cluster.node('m2');
  const before = [...node.manager.calls];
  const { view: earlier } = await cluster.read();
  await node.kill();
  node.start();
  await sleep(ttlMs * 1.5);
  assert.deepEqual(node.manager.calls, before);
  const { view } = await cluster.read();
  assert.equal(view.machines.get('m2')?.revision, earlier.machines.get('m2')?.revision, 'it never went');
  assert.deepEqual([...view.assignments.keys()].sort(), names);
  assert.equal([...view.states.values()].length, names.length);
});

test('a daemon that is stopped keeps its units, and comes back to them', async () => {
  await using cluster = await started();
  const node = cluster.node('m2');
  const before = (await cluster.read()).view.assignments;
  const calls = [...node.manager.calls];
  await node.services.leave(false);
  await node.kill();
  await sleep(ttlMs * 2);
  const { view } = await cluster.read();
  assert.equal(view.machines.has('m2'), false);
  assert.equal(view.away.has('m2'), true);
  for (const name of names)
    assert.deepEqual([...(view.assignments.get(name)?.keys() ?? [])], [...(before.get(name)?.keys() ?? [])]);
  node.start();
  await cluster.until(async () => (await cluster.read()).view.machines.has('m2'), 'it is back');
  await cluster.until(async () => !(await cluster.read()).view.away.has('m2'), 'it is away no more');
  assert.deepEqual(node.manager.calls, calls);
});

test('an away machine that is forgotten loses its units', async () => {
  await using cluster = await started();
  const node = cluster.node('m2');
  await node.services.leave(false);
  await node.kill();
  await sleep(200);
  await cluster.store.transact([], [{ kind: 'delete', key: cluster.keys.away('m2') }]);
  await cluster.until(async () => {
    const { view } = await cluster.read();
    return names.every((name) => view.assignments.get(name)?.has('m2') === false);
  }, 'its units are elsewhere');
});

test('a host that goes down gives its units away at once', async () => {
  await using cluster = await started();
  // Not the leader: a new one listens for a whole lease before it judges.
  const node = cluster.node((await cluster.read()).view.leader?.machineID === 'm2' ? 'm3' : 'm2');
  await node.services.leave(true);
  // Without waiting for the lease.
  assert.equal((await cluster.read()).view.machines.has(node.id), false);
  await node.kill();
  await cluster.until(async () => {
    const { view } = await cluster.read();
    return names.every((name) => view.assignments.get(name)?.has(node.id) === false);
  }, 'its units are elsewhere');
});

test('a machine with an ID that is taken does nothing and says which', async () => {
  await using cluster = await started();
  const calls = cluster.node('m1').manager.calls.length;
  const twin = new TestCluster(cluster.store, `${cluster.folder}/twin`, (store) => store);
  const node = twin.add('m1');
  await cluster.until(
    () => node.services.api.unavailable()?.includes('already in use') === true,
    'it says so',
  );
  assert.match(node.services.api.unavailable() ?? '', /10\.0\.0\.\d+ is already in use by 10\.0\.0\.\d+/);
  await sleep(ttlMs);
  assert.equal(cluster.node('m1').manager.calls.length, calls);
  assert.deepEqual(node.manager.calls, []);
  await node.kill();
});

test('a unit that systemd refuses or that fails is told as that, once', async () => {
  await using cluster = await TestCluster.start(['m1']);
  const { manager } = cluster.node('m1');
  manager.outcome = (_verb, unit) => (unit === 'bad.service' ? 'failed' : 'done');
  await cluster.change(service('bad.service'), service('good.service'));
  await cluster.until(
    async () => (await cluster.status('bad.service'))?.states[0]?.jobResult === 'failed',
    'it is told',
  );
  const state = (await cluster.status('bad.service'))?.states[0];
  assert.match(state?.problem ?? '', /bad\.service: it failed to start.*journalctl/);
  assert.equal(state?.systemdActiveState, 'failed');
  manager.setUnit('good.service', { activeState: 'failed', subState: 'failed' });
  await cluster.until(
    async () =>
      /it started, and then failed/.test((await cluster.status('good.service'))?.states[0]?.problem ?? ''),
    'the later failure is told',
  );
  await sleep(500);
  assert.equal(manager.calls.filter((call) => call === 'start bad.service').length, 1);
  assert.equal(manager.calls.filter((call) => call === 'start good.service').length, 1);
});
