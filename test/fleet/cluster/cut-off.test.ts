// A machine that boots while it is cut off from the store.

import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCopy } from '../../../src/fleet/agent/schedule-copy.ts';
import { removeUnits } from '../../../src/fleet/registry/write.ts';
import { Cut } from './cut-store.ts';
import { cutOffStartMs, service, TestCluster, ttlMs } from './nodes.ts';

async function cuttable(ids: readonly string[]) {
  const cuts = new Map(ids.map((id) => [id, new Cut()]));
  const cluster = await TestCluster.start(ids, (store, id) => cuts.get(id)?.wrap(store) ?? store);
  const copyOf = (id: string) => join(cluster.folder, id, 'schedule');
  const names = async (id: string): Promise<string[]> => {
    const copy = readCopy(await readFile(copyOf(id), 'utf8').catch(() => ''));
    return 'damage' in copy ? [] : copy.assignments.map(({ unit }) => unit);
  };
  const cut = async (id: string) => await cuts.get(id)?.cut();
  return { cluster, copyOf, names, cut, mend: (id: string) => cuts.get(id)?.mend() };
}

const activeOn = async (cluster: TestCluster, id: string) =>
  [...(await cluster.running())]
    .filter(([, ids]) => ids.includes(id))
    .map(([name]) => name)
    .sort();

test('it starts what it had, says so, and goes on with it when the store is back', async () => {
  const { cluster, names, cut, mend } = await cuttable(['m1']);
  await using _ = cluster;
  await cluster.change(service('a.service'), service('all.service', [['Global', 'true']]));
  await cluster.change({ ...service('loaded.service'), desiredState: 'loaded' });
  await cluster.change(service('one.service', [['WhenCutOff', 'stop']]));
  await cluster.until(async () => (await names('m1')).length === 4, 'the copy has all');
  await cut('m1');
  const node = cluster.node('m1');
  await node.reboot();
  await cluster.until(async () => (await activeOn(cluster, 'm1')).length === 2, 'it starts them');
  assert.deepEqual(await activeOn(cluster, 'm1'), ['a.service', 'all.service']);
  const { api } = node.services;
  assert.equal(api.unavailable(), 'fleet server unable to communicate with etcd');
  const { cutOff } = api.status();
  assert.deepEqual(cutOff?.started, ['a.service', 'all.service', 'loaded.service']);
  assert.deepEqual(
    cutOff?.waiting.map(({ name }) => name),
    ['one.service'],
  );
  const local = () => api.local().map((unit) => `${unit.name} ${unit.systemdActiveState}`);
  const expected = ['a.service active', 'all.service active', 'loaded.service inactive'];
  await cluster.until(() => local().join() === expected.join(), 'it tells what it has');
  const before = [...node.manager.calls];
  mend('m1');
  await cluster.until(async () => (await activeOn(cluster, 'm1')).length === 3, 'the rest follows');
  await cluster.until(async () => (await cluster.read()).view.states.size === 4, 'it tells of all');
  const after = node.manager.calls.slice(before.length);
  assert.deepEqual(
    after.filter((call) => !/one\.service/.test(call)),
    [],
  );
  await cluster.until(() => api.status().cutOff === undefined, 'it is cut off no more');
});

test('what was given to others or taken away meanwhile it gives up when the store is back', async () => {
  const { cluster, names, cut, mend } = await cuttable(['m1', 'm2']);
  await using _ = cluster;
  await cluster.change(...['a', 'b', 'c', 'd'].map((name) => service(`${name}.service`)));
  await cluster.until(async () => (await activeOn(cluster, 'm1')).length === 2, 'it has its share');
  const mine = await activeOn(cluster, 'm1');
  await cluster.until(async () => (await names('m1')).length === 2, 'the copy has them');
  await cut('m1');
  await cluster.until(async () => (await activeOn(cluster, 'm2')).length === 4, 'the other takes them');
  await removeUnits(cluster.store, cluster.keys, mine.slice(0, 1));
  await cluster.node('m1').reboot();
  await cluster.until(async () => (await activeOn(cluster, 'm1')).length === 2, 'it starts them');
  mend('m1');
  await cluster.until(async () => {
    const { view } = await cluster.read();
    return view.machines.has('m1') && (await activeOn(cluster, 'm1')).length === 0;
  }, 'it gives them up');
  await cluster.until(
    async () => (await activeOn(cluster, 'm2')).length === 3,
    'the other stops what was destroyed',
  );
});

test('a damaged copy is named and starts nothing', async () => {
  const { cluster, names, copyOf, cut } = await cuttable(['m1']);
  await using _ = cluster;
  await cluster.change(service('a.service'));
  await cluster.until(async () => (await names('m1')).length === 1, 'the copy has it');
  await cut('m1');
  await cluster.node('m1').kill();
  const text = await readFile(copyOf('m1'), 'utf8');
  await writeFile(copyOf('m1'), text.replace('a.service', 'b.service'));
  await cluster.node('m1').reboot();
  const said = () => cluster.log.some((line) => /schedule is not used: its checksum does not fit/.test(line));
  await cluster.until(said, 'it is named');
  assert.deepEqual(await activeOn(cluster, 'm1'), []);
});

test('a machine whose store answers, but knows another of its ID, starts nothing from the copy', async () => {
  const { cluster, names } = await cuttable(['m1']);
  await using _ = cluster;
  await cluster.change(service('a.service'));
  await cluster.until(async () => (await names('m1')).length === 1, 'the copy has it');
  const node = cluster.node('m1');
  await node.kill();
  const { store, keys } = cluster;
  const other = JSON.stringify({ instance: 'other', primaryIP: '10.9.9.9', metadata: {}, version: '1' });
  await store.transact([], [{ kind: 'put', key: keys.machine('m1'), value: other }]);
  await node.reboot();
  await cluster.until(
    () => /already in use/.test(node.services.api.unavailable() ?? ''),
    'it sees the other',
  );
  await sleep(cutOffStartMs * 3);
  assert.deepEqual(await activeOn(cluster, 'm1'), []);
});

test('the copy is written when the schedule changed, and never at rest or by a daemon that comes back', async () => {
  const { cluster, names, copyOf } = await cuttable(['m1']);
  await using _ = cluster;
  await cluster.change(service('a.service'), service('b.service'));
  await cluster.until(async () => (await names('m1')).length === 2, 'the copy has them');
  const written = async () => (await stat(copyOf('m1'))).ino;
  await sleep(ttlMs);
  const before = await written();
  await sleep(ttlMs);
  await cluster.node('m1').kill();
  cluster.node('m1').start();
  await cluster.until(() => cluster.node('m1').services.api.unavailable() === undefined, 'it is back');
  await sleep(ttlMs);
  assert.equal(await written(), before);
  await removeUnits(cluster.store, cluster.keys, ['a.service']);
  await cluster.until(async () => (await names('m1')).join() === 'b.service', 'what left is not in it');
});
