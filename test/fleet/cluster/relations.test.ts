import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restartUnits } from '../../../src/fleet/registry/restart.ts';
import { applyRequests } from '../../../src/fleet/registry/write.ts';
import { service, TestCluster } from './nodes.ts';

const on = (machine: string) => ['MachineMetadata', `name=${machine}`] as const;

test('relations hold across machines', async () => {
  await using c = await TestCluster.start(['m1', 'm2', 'm3']);
  const where = async (name: string) => (await c.running()).get(name)?.join(' ') ?? '';
  const until = (name: string, machine: string) =>
    c.until(async () => (await where(name)) === machine, `${name} runs on ${machine || 'no machine'}`);

  await c.change(service('api.service', [['Requires', 'db.service'], ['BindsTo', 'db.service'], on('m1')]));
  await c.until(
    async () => (await c.status('api.service'))?.states[0]?.reached === 'loaded',
    'api is loaded',
  );
  assert.match((await c.status('api.service'))?.waiting ?? '', /needs db\.service .* no unit of the cluster/);
  await c.change(
    service('part.service', [['PartOf', 'db.service'], on('m3')]),
    service('db.service', [on('m2')]),
  );
  await until('db.service', 'm2');
  await until('api.service', 'm1');
  await until('part.service', 'm3');
  assert.equal((await c.status('api.service'))?.waiting, undefined);

  // Somebody stops it on its machine: what is bound to it follows, what is only part of it does not.
  await (await c.node('m2').manager.job('stop', 'db.service')).result;
  await until('api.service', '');
  assert.match((await c.status('api.service'))?.waiting ?? '', /db\.service/);
  assert.equal(await where('part.service'), 'm3');
  await (await c.node('m2').manager.job('start', 'db.service')).result;
  await until('api.service', 'm1');

  // A machine that is lost says nothing of its units: nothing stops for that.
  const seen: string[] = [];
  const stops = new AbortController();
  c.node('m1')
    .manager.follow((change) => seen.push(change.activeState), { signal: stops.signal })
    .setNames(new Set(['api.service']));
  await c.node('m2').kill();
  await c.until(async () => !(await c.read()).view.machines.has('m2'), 'm2 is gone');
  await c.until(async () => (await c.status('db.service'))?.assignments.length === 0, 'db is on no machine');
  assert.equal(await where('api.service'), 'm1');
  assert.ok(!seen.includes('inactive'), seen.join(' '));
  stops.abort();
  c.node('m2').start();
  await c.until(async () => {
    const [state] = (await c.status('db.service'))?.states ?? [];
    return state?.reached === 'launched' && state.assignmentRevision > 0 && state.jobResult === 'done';
  }, 'db is back');

  // Restarting the whole restarts its parts.
  await restartUnits(c.store, c.keys, [{ name: 'db.service' }], 'mark');
  const { view } = await c.read();
  assert.equal(view.assignments.get('part.service')?.get('m3')?.restart, 'mark');
  await c.until(async () => (await c.status('api.service'))?.states[0]?.reached === 'launched', 'api is up');

  await c.change({ name: 'db.service', desiredState: 'loaded' });
  await until('part.service', '');
  await until('api.service', '');
  await c.change({ name: 'db.service', desiredState: 'launched' });
  await until('part.service', 'm3');
  await until('api.service', 'm1');
});

test('a ring of relations is refused, also within one request', async () => {
  await using c = await TestCluster.start([]);
  const { results } = await applyRequests(c.store, c.keys, [
    service('a.service', [['Requires', 'b.service']]),
    service('b.service', [['After', 'c.service']]),
    service('c.service', [['BindsTo', 'a.service']]),
  ]);
  assert.deepEqual(
    results.map((result) => ('message' in result ? result.message : result.outcome)),
    [
      'created',
      'created',
      'its relations in [X-Fleet] form a ring: c.service → a.service → b.service → c.service',
    ],
  );
  const bad = await applyRequests(c.store, c.keys, [service('d.service', [['Requires', 'web*']])]);
  assert.match(JSON.stringify(bad.results), /invalid value \\"web\*\\" of Requires/);
});
