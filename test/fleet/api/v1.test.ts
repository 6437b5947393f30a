import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeAssignment, writeMachine, writeState } from '../../../src/fleet/registry/records.ts';
import { serve } from './serve.ts';

const options = [{ section: 'Service', name: 'ExecStart', value: '/bin/true' }];
const units = '/fleet/v1/units';

test('units are created, changed, read and deleted', async () => {
  await using api = await serve();
  const { ask } = api;
  const created = await ask('PUT', `${units}/a.service`, { desiredState: 'launched', options });
  assert.deepEqual([created.status, created.text], [201, '']);
  assert.deepEqual((await ask('GET', `${units}/a.service`)).body, {
    name: 'a.service',
    options,
    desiredState: 'launched',
    currentState: 'inactive',
  });
  assert.equal((await ask('PUT', '/v1-alpha/units/a.service', { desiredState: 'inactive' })).status, 204);
  const other = [{ section: 'Service', name: 'ExecStart', value: '/bin/false' }];
  assert.equal((await ask('PUT', `${units}/a.service`, { options: other })).status, 201);
  assert.deepEqual((await ask('GET', units)).body, {
    units: [{ name: 'a.service', options: other, desiredState: 'inactive', currentState: 'inactive' }],
  });
  assert.equal((await ask('DELETE', `${units}/a.service`)).status, 204);
  assert.deepEqual((await ask('DELETE', `${units}/a.service`)).body, {
    error: { code: 404, message: 'unit does not exist' },
  });
  assert.deepEqual((await ask('GET', units)).body, {});
});

test('bad input is refused with a reason, and hurts nobody', async () => {
  await using api = await serve();
  const { ask } = api;
  await ask('PUT', `${units}/a.service`, { options });
  await ask('PUT', `${units}/t@.service`, { options });
  const json = { 'Content-Type': 'application/json' };
  const cases: readonly (readonly [
    string,
    string,
    unknown,
    Record<string, string>,
    number,
    string | RegExp,
  ])[] = [
    ['PUT', `${units}/a.service`, '{}', {}, 415, 'expected 1 Content-Type, got 0'],
    [
      'PUT',
      `${units}/a.service`,
      '{}',
      { 'Content-Type': 'text/plain' },
      415,
      'only acceptable Content-Type is application/json',
    ],
    ['PUT', `${units}/a.service`, '{', json, 400, /^unable to decode body: /],
    ['PUT', `${units}/a.service`, '[]', json, 400, /^unable to decode body: /],
    [
      'PUT',
      `${units}/a.service`,
      { name: 'b.service' },
      json,
      400,
      'name in URL "a.service" differs from unit name in request body "b.service"',
    ],
    ['PUT', `${units}/a.exe`, { options }, json, 400, 'invalid unit type: "exe"'],
    ['PUT', `${units}/b.service`, {}, json, 409, 'unit does not exist and options field empty'],
    ['PUT', `${units}/a.service`, {}, json, 409, 'must provide DesiredState to update existing unit'],
    [
      'PUT',
      `${units}/t@.service`,
      { desiredState: 'launched' },
      json,
      400,
      'cannot activate template "t@.service"',
    ],
    ['PUT', `${units}/a.service`, { desiredState: 'bogus' }, json, 400, /^invalid desiredState "bogus"/],
    ['PUT', `${units}/a.service`, { options: [{ section: 1 }] }, json, 400, /wrong type/],
    ['PUT', `${units}/a.service`, 'x'.repeat(3 << 20), json, 413, /larger than 2 MiB/],
    ['PUT', `${units}/%ff.service`, { options }, json, 400, /percent-encoding/],
    ['POST', units, '{}', json, 405, 'only GET supported against this resource'],
    [
      'POST',
      `${units}/a.service`,
      '{}',
      json,
      405,
      'only GET, PUT and DELETE supported against this resource',
    ],
    ['GET', '/fleet/v1', undefined, {}, 405, ''],
    ['GET', '/', undefined, {}, 405, ''],
    ['GET', `${units}/`, undefined, {}, 404, ''],
    ['GET', `${units}/a/b`, undefined, {}, 404, ''],
    ['GET', '/elsewhere', undefined, {}, 404, ''],
    ['GET', '/fleet/v1/state/none.service', undefined, {}, 404, 'unit state does not exist'],
    ['PUT', '/fleet/v1/machines', '', {}, 405, 'only GET and PATCH supported against this resource'],
    ['POST', '/fleet/v1/discovery', '', {}, 400, 'only HTTP GET supported against this resource'],
    [
      'GET',
      `${units}?nextPageToken=ZAAAAA%3D%3D`,
      undefined,
      {},
      400,
      'token page must be greater than zero',
    ],
    ['GET', `${units}?nextPageToken=CgABAA%3D%3D`, undefined, {}, 400, 'token limit must be 100'],
    ['GET', `${units}?nextPageToken=!!`, undefined, {}, 400, 'illegal base64 data at input byte 0'],
    ['GET', `${units}?nextPageToken=a&nextPageToken=b`, undefined, {}, 400, 'too many values for page token'],
    ['POST', '/fleet/v2/units', '{"units":[{}]}', json, 400, /units\[0\]: a name is needed/],
  ];
  for (const [method, path, body, headers, status, message] of cases) {
    const answer = await ask(method, path, body, headers);
    assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
    const { error } = Object(answer.body);
    assert.equal(error.code, status);
    if (message instanceof RegExp) assert.match(error.message, message);
    else assert.equal(error.message, message);
    assert.equal(answer.headers['server'], 'fleetd/1');
  }
  assert.deepEqual(api.internal, []);
  assert.equal((await ask('GET', `${units}/a.service`)).status, 200);
});

test('lists come in pages of the limit, an empty one last', async () => {
  await using api = await serve({ tokenLimit: 2 });
  for (const name of ['b', 'a', 'd', 'c']) await api.ask('PUT', `${units}/${name}.service`, { options });
  const names: string[] = [];
  let path = units;
  const sizes: number[] = [];
  for (;;) {
    const { units: page = [], nextPageToken } = Object((await api.ask('GET', path)).body);
    sizes.push(page.length);
    names.push(...page.map((unit: { name: string }) => unit.name));
    if (nextPageToken === undefined) break;
    path = `${units}?nextPageToken=${encodeURIComponent(nextPageToken)}`;
  }
  assert.deepEqual(names, ['a.service', 'b.service', 'c.service', 'd.service']);
  assert.deepEqual(sizes, [2, 2, 0]);
});

test('machines and states are told as fleet tells them', async () => {
  await using api = await serve();
  const { store, keys } = api.context;
  const machine = { primaryIP: '10.1.0.7', metadata: { zone: 'b' }, version: '1', instance: 'i' };
  const state = {
    name: 'a.service',
    machineID: 'm1',
    hash: 'h',
    systemdLoadState: 'loaded',
    systemdActiveState: 'active',
    systemdSubState: 'running',
    reached: 'launched',
    assignmentRevision: 1,
  } as const;
  await api.ask('PUT', `${units}/a.service`, { options, desiredState: 'launched' });
  const assignment = {
    unit: 'a.service',
    machineID: 'm1',
    hash: 'h',
    targetState: 'launched',
    reason: 'r',
  } as const;
  await store.transact(
    [],
    [
      { kind: 'put', key: keys.machine('m1'), value: writeMachine(machine) },
      { kind: 'put', key: keys.state('m1', 'a.service'), value: writeState(state) },
      { kind: 'put', key: keys.schedule('m1', 'a.service'), value: writeAssignment(assignment) },
    ],
  );
  const { reached: _reached, assignmentRevision: _revision, ...told } = state;
  assert.deepEqual((await api.ask('GET', '/fleet/v1/state?unitName=a.service')).body, { states: [told] });
  assert.deepEqual((await api.ask('GET', '/fleet/v1/state?machineID=m2')).body, {});
  assert.deepEqual((await api.ask('GET', '/fleet/v1/state/a.service')).body, told);
  const { currentState, machineID } = Object((await api.ask('GET', `${units}/a.service`)).body);
  assert.deepEqual([currentState, machineID], ['launched', 'm1']);
  const patch = [
    { op: 'add', path: '/m1/metadata/rack', value: { value: 'r7' } },
    { op: 'replace', path: '/m1/metadata/disk', value: 'ssd' },
    { op: 'remove', path: '/m1/metadata/zone' },
  ];
  assert.equal((await api.ask('PATCH', '/fleet/v1/machines', patch)).status, 204);
  assert.deepEqual((await api.ask('GET', '/fleet/v1/machines')).body, {
    machines: [{ id: 'm1', primaryIP: '10.1.0.7', metadata: { rack: 'r7', disk: 'ssd' } }],
  });
  assert.equal((await api.ask('PATCH', '/fleet/v1/machines', [{ op: 'move' }])).status, 400);
});
