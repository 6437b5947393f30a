// WhenCutOff=stop: nowhere rather than twice.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cut } from './cut-store.ts';
import { type Node, service, TestCluster, ttlMs } from './nodes.ts';

const one = service('one.service', [['WhenCutOff', 'stop']]);

async function cuttable(ids: readonly string[]) {
  const cuts = new Map(ids.map((id) => [id, new Cut()]));
  const cluster = await TestCluster.start(ids, (store, id) => cuts.get(id)?.wrap(store) ?? store);
  await cluster.change(one);
  await cluster.until(async () => (await cluster.running()).has('one.service'), 'it runs');
  const [id = ''] = (await cluster.running()).get('one.service') ?? [];
  return { cluster, cuts, node: cluster.node(id) };
}

const stateOn = async ({ manager }: Node) =>
  (await manager.listUnitsByNames(['one.service']))[0]?.activeState ?? '';

/** The state of the unit at home, at each of its starts elsewhere. */
function watchStarts(cluster: TestCluster, home: Node): string[] {
  const seen: string[] = [];
  for (const node of cluster.nodes) {
    if (node === home) continue;
    const before = node.manager.outcome;
    node.manager.outcome = async (verb, unit) => {
      if (verb === 'start' && unit === 'one.service') seen.push(await stateOn(home));
      return before(verb, unit);
    };
  }
  return seen;
}

test('a machine that is cut off stops the unit before it starts elsewhere, and gives it up later', async () => {
  const { cluster, cuts, node } = await cuttable(['m1', 'm2', 'm3']);
  await using _ = cluster;
  const seen = watchStarts(cluster, node);
  await cuts.get(node.id)?.cut();
  await cluster.until(() => seen.length === 1, 'it starts elsewhere');
  assert.deepEqual(seen, ['inactive']);
  cuts.get(node.id)?.mend();
  await cluster.until(() => node.services.api.unavailable() === undefined, 'it is back');
  await cluster.until(async () => (await stateOn(node)) === 'inactive', 'nothing of it is left');
  await sleep(ttlMs / 2);
  assert.equal((await cluster.running()).get('one.service')?.length, 1);
});

test('a unit that does not stop is killed before it starts elsewhere', async () => {
  const { cluster, cuts, node } = await cuttable(['m1', 'm2']);
  await using _ = cluster;
  const seen = watchStarts(cluster, node);
  const stuck = Promise.withResolvers<'done'>();
  node.manager.outcome = (verb) => (verb === 'stop' ? stuck.promise : 'done');
  await cuts.get(node.id)?.cut();
  await cluster.until(() => seen.length === 1, 'it starts elsewhere').finally(() => stuck.resolve('done'));
  assert.ok(node.manager.calls.includes('kill one.service all 9'));
  assert.deepEqual(seen, ['failed']);
});

test('when the store is away for all, it is stopped, and runs again where it was when the store is back', async () => {
  const { cluster, cuts, node } = await cuttable(['m1', 'm2']);
  await using _ = cluster;
  await cluster.change(service('keeps.service'));
  await cluster.until(async () => (await cluster.running()).has('keeps.service'), 'the other runs');
  for (const cut of cuts.values()) await cut.cut();
  await cluster.until(async () => !(await cluster.running()).has('one.service'), 'it is stopped');
  assert.ok((await cluster.running()).has('keeps.service'), 'others run on');
  for (const cut of cuts.values()) cut.mend();
  await cluster.until(async () => (await cluster.running()).has('one.service'), 'it runs again');
  assert.deepEqual((await cluster.running()).get('one.service'), [node.id]);
});

test('a daemon that is restarted, and one that was stopped for long, keep it', async () => {
  const { cluster, node } = await cuttable(['m1', 'm2']);
  await using _ = cluster;
  const calls = [...node.manager.calls];
  await node.services.leave(false);
  await node.kill();
  await sleep(ttlMs * 2);
  node.start();
  await cluster.until(() => node.services.api.unavailable() === undefined, 'it is back');
  await sleep(ttlMs);
  assert.deepEqual(node.manager.calls, calls);
});

test('a daemon that died while cut off and comes back stops it at once', async () => {
  const { cluster, cuts, node } = await cuttable(['m1', 'm2']);
  await using _ = cluster;
  const seen = watchStarts(cluster, node);
  await node.kill();
  await cuts.get(node.id)?.cut();
  node.start();
  await cluster.until(() => seen.length === 1, 'it starts elsewhere');
  assert.deepEqual(seen, ['inactive']);
});

test('a host that goes down stops it before it says goodbye', async () => {
  const { cluster, node } = await cuttable(['m1', 'm2']);
  await using _ = cluster;
  const seen = watchStarts(cluster, node);
  await node.services.stopSingletons(5_000);
  assert.equal(await stateOn(node), 'inactive');
  await node.services.leave(true);
  await node.kill();
  await cluster.until(() => seen.length === 1, 'it starts elsewhere');
});
