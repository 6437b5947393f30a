// What an agent does when its connection to systemd breaks in the middle of starts and stops.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobVerb } from '../../../src/systemd/index.ts';
import { type Break, BreakingManager } from './broken-bus.ts';
import { service, TestCluster } from './nodes.ts';

const kinds = ['before', 'after', 'result'] as const;

/** A cluster of one whose connection breaks for the first `times` jobs of each unit, in every way in turn. */
async function breaking(times: number, verbs: readonly JobVerb[]) {
  const manager = new BreakingManager();
  const counts = new Map<string, number>();
  let turn = 0;
  manager.breaks = (verb, unit): Break | undefined => {
    const count = (counts.get(`${verb} ${unit}`) ?? 0) + 1;
    counts.set(`${verb} ${unit}`, count);
    return verbs.includes(verb) && count <= times ? kinds[turn++ % kinds.length] : undefined;
  };
  const cluster = await TestCluster.start([]);
  cluster.add('m1', manager);
  return { cluster, manager };
}

const names = Array.from({ length: 50 }, (_, index) => `u${index}.service`);

test('50 units started over a connection that keeps breaking are all active, and said to be', async () => {
  const { cluster, manager } = await breaking(3, ['start', 'stop']);
  await using _ = cluster;
  await cluster.change(...names.map((name) => service(name)));
  const told = (active: string, job: string) =>
    cluster.until(async () => {
      const { view } = await cluster.read();
      return names.every((name) => {
        const state = view.states.get(name)?.get('m1');
        return state?.systemdActiveState === active && state.jobResult === job && state.problem === undefined;
      });
    }, `all are told ${active}`);
  await told('active', 'done');
  assert.equal((await cluster.running()).size, names.length);
  await cluster.change(...names.map((name) => ({ name, desiredState: 'loaded' as const })));
  await told('inactive', 'done');
  assert.equal((await cluster.running()).size, 0);
  assert.ok(manager.calls.length > 0);
});

test('what ran to its end while the connection was away is not run again', async () => {
  const { cluster, manager } = await breaking(1, ['start']);
  await using _ = cluster;
  // Type=oneshot: it is over as soon as it has started.
  manager.outcome = (verb, unit) => {
    if (verb === 'start')
      setImmediate(() => manager.setUnit(unit, { activeState: 'inactive', subState: 'dead' }));
    return 'done';
  };
  manager.breaks = once('after');
  await cluster.change(service('once.service'));
  await cluster.until(
    async () => (await cluster.status('once.service'))?.states[0]?.jobResult === 'done',
    'it is told to have run',
  );
  assert.deepEqual(
    manager.calls.filter((call) => call.startsWith('start ')),
    ['start once.service'],
  );
});

test('what failed while the connection was away is told as failed, and not started again', async () => {
  const { cluster, manager } = await breaking(0, []);
  await using _ = cluster;
  manager.outcome = () => 'failed';
  for (const kind of ['after', 'result'] as const) {
    manager.breaks = once(kind);
    const name = `${kind}.service`;
    await cluster.change(service(name));
    await cluster.until(
      async () => (await cluster.status(name))?.states[0]?.jobResult === 'failed',
      `${name} is told as failed`,
    );
    assert.equal(manager.calls.filter((call) => call === `start ${name}`).length, 1);
    assert.match((await cluster.status(name))?.states[0]?.problem ?? '', /failed to start/);
  }
});

test('a unit that is stopped before its unheard start was asked for again does not stay up', async () => {
  const { cluster, manager } = await breaking(0, []);
  await using _ = cluster;
  manager.breaks = (verb) => (verb === 'start' ? 'after' : undefined);
  await cluster.change(service('a.service'));
  await cluster.until(async () => (await cluster.running()).has('a.service'), 'it runs, unheard of');
  await cluster.change({ name: 'a.service', desiredState: 'loaded' });
  await cluster.until(async () => !(await cluster.running()).has('a.service'), 'it is stopped');
  await cluster.until(
    async () => (await cluster.status('a.service'))?.states[0]?.reached === 'loaded',
    'it is told as loaded',
  );
});

function once(kind: Break): (verb: JobVerb) => Break | undefined {
  let left = 1;
  return (verb) => (verb === 'start' && left-- > 0 ? kind : undefined);
}
