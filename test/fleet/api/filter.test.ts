// Filters of API v2: each condition, all together, on units, states and machines; what is unknown is refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeAssignment, writeMachine, writeState } from '../../../src/fleet/registry/records.ts';
import { service } from '../cluster/nodes.ts';
import { serve } from './serve.ts';

test('units, states and machines by name, machine, state and metadata', async () => {
  await using api = await serve();
  const { store, keys } = api.context;
  const machine = (id: string, zone: string) => {
    const value = writeMachine({ primaryIP: '', metadata: { zone }, version: '', instance: id });
    return { kind: 'put', key: keys.machine(id), value } as const;
  };
  const placed = (unit: string, machineID: string, active: string) => {
    const assignment = { unit, machineID, hash: 'h', targetState: 'launched', reason: '' } as const;
    const state = writeState({
      ...{ name: unit, machineID, hash: 'h', systemdLoadState: 'loaded', systemdActiveState: active },
      ...{ systemdSubState: '', reached: 'launched', assignmentRevision: 1 },
    });
    return [
      { kind: 'put', key: keys.schedule(machineID, unit), value: writeAssignment(assignment) },
      { kind: 'put', key: keys.state(machineID, unit), value: state },
    ] as const;
  };
  const names = ['a.service', 'a\\x2db.service', 'b.service', 'web@1.service', 'web@2.service'];
  const stopped = { ...service('stopped.service'), desiredState: 'inactive' };
  await api.ask('POST', '/fleet/v2/units', { units: [...names.map((name) => service(name)), stopped] });
  await store.transact(
    [],
    [
      ...[machine('m1aaaa', 'a'), machine('m2bbbb', 'b')],
      ...placed('a.service', 'm1aaaa', 'active'),
      ...placed('web@1.service', 'm1aaaa', 'failed'),
      ...placed('web@2.service', 'm2bbbb', 'active'),
    ],
  );
  const named = async (path: string, list: string, key = 'name') =>
    Object((await api.ask('GET', `/fleet/v2/${path}`)).body)[list].map(
      (entry: Record<string, unknown>) => entry[key],
    );
  for (const [query, expected] of [
    ['', [...names, 'stopped.service'].sort()],
    ['?name=web@*', ['web@1.service', 'web@2.service']],
    ['?name=web@[2-9].service&name=b.service', ['b.service', 'web@2.service']],
    // A name with a backslash is that name.
    [`?name=${encodeURIComponent('a\\x2db.service')}`, ['a\\x2db.service']],
    ['?name=none.service', []],
    ['?machine=m1aaaa', ['a.service', 'web@1.service']],
    ['?machine=m1&machine=m2&name=web*', ['web@1.service', 'web@2.service']],
    ['?active=failed', ['web@1.service']],
    ['?active=failed&active=active&machine=m1', ['a.service', 'web@1.service']],
    ['?desired=inactive', ['stopped.service']],
    ['?metadata=zone=b', ['web@2.service']],
    ['?metadata=zone=a|b&active=active', ['a.service', 'web@2.service']],
    ['?metadata=rack=1', []],
  ] as const) {
    assert.deepEqual(await named(`units${query}`, 'units'), expected, query);
  }
  assert.deepEqual(await named('states?active=active', 'states'), ['a.service', 'web@2.service']);
  assert.deepEqual(await named('states?metadata=zone=a', 'states'), ['a.service', 'web@1.service']);
  assert.deepEqual(await named('states?name=web*&machine=m2', 'states', 'machineID'), ['m2bbbb']);
  assert.deepEqual(await named('machines?metadata=zone=a', 'machines', 'id'), ['m1aaaa']);
  assert.deepEqual(await named('machines?machine=m2', 'machines', 'id'), ['m2bbbb']);
  for (const [path, words] of [
    ['units?nam=a', /There is no \?nam here; known are name, machine, desired, active, metadata/],
    ['machines?name=a', /There is no \?name here/],
    ['units?desired=up', /none of inactive, loaded, launched/],
    ['units?metadata=zone', /KEY=VALUE/],
    ['events?since=x', /since must be a revision/],
    ['events?since=1&since=2', /since must be a revision/],
  ] as const) {
    const answer = await api.ask('GET', `/fleet/v2/${path}`);
    assert.equal(answer.status, 400, path);
    assert.match(Object(answer.body).error.message, words);
  }
});
