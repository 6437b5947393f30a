// The API's own documents against the API: every operation of the OpenAPI document is called and answers as
// it says, and a client made from the discovery document can do all that fleet's own client does.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { writeAssignment, writeAway, writeMachine, writeState } from '../../../src/fleet/registry/records.ts';
import { document, misfit, undocumented } from './documented.ts';
import { request as raw } from './raw.ts';
import { serve } from './serve.ts';

const options = [{ section: 'Service', name: 'ExecStart', value: '/bin/true' }];

/** A cluster with something of everything in it. */
async function full() {
  const api = await serve();
  const { store, keys } = api.context;
  const machine = (id: string) => {
    const value = writeMachine({
      primaryIP: '10.0.0.1',
      metadata: { zone: 'a' },
      version: '1',
      instance: id,
    });
    return { kind: 'put', key: keys.machine(id), value } as const;
  };
  const launched = ['a.service', 'waits.service'].map((name) => ({
    name,
    options,
    desiredState: 'launched',
  }));
  const picky = [...options, { section: 'X-Fleet', name: 'MachineMetadata', value: 'zone=z' }];
  await api.ask('POST', '/fleet/v2/units', {
    units: [
      ...launched,
      { name: 't@.service', options },
      { name: 'picky.service', options: picky, desiredState: 'loaded' },
    ],
  });
  const assignment = {
    unit: 'a.service',
    machineID: 'm1',
    hash: 'h',
    targetState: 'launched',
    reason: 'r',
  } as const;
  const state = writeState({
    ...{
      name: 'a.service',
      machineID: 'm1',
      hash: 'h',
      systemdLoadState: 'loaded',
      systemdActiveState: 'active',
    },
    ...{ systemdSubState: 'running', reached: 'launched', jobResult: 'done', assignmentRevision: 1 },
  });
  await store.transact(
    [],
    [
      ...[machine('m1'), machine('m2')],
      { kind: 'put', key: keys.away('m3'), value: writeAway({ since: '2026-01-01T00:00:00Z' }) },
      { kind: 'put', key: keys.schedule('m1', 'a.service'), value: writeAssignment(assignment) },
      { kind: 'put', key: keys.state('m1', 'a.service'), value: state },
    ],
  );
  return api;
}

/** A call of each operation that succeeds, with each success that it can have. */
const calls: Readonly<Record<string, readonly (readonly [number, string, unknown?])[]>> = {
  v1Discovery: [[200, '']],
  v1ListUnits: [[200, '']],
  v1GetUnit: [[200, 'a.service']],
  v1SetUnit: [
    [201, 'new.service', { options }],
    [204, 'a.service', { desiredState: 'loaded' }],
  ],
  v1DeleteUnit: [[204, 'waits.service']],
  v1ListStates: [[200, '']],
  v1GetState: [[200, 'a.service']],
  v1ListMachines: [[200, '']],
  v1PatchMachines: [[204, '', [{ op: 'add', path: '/m1/metadata/rack', value: 'r1' }]]],
  listUnits: [[200, '']],
  changeUnits: [
    [200, '', { units: [{ name: 't@1.service', desiredState: 'launched' }, { name: 'bad' }] }],
    [
      200,
      '?dryRun=1',
      {
        units: [
          { name: 't@2.service', desiredState: 'launched' },
          { name: 'picky.service', desiredState: 'launched' },
        ],
      },
    ],
  ],
  destroyUnits: [
    [200, '?name=a.service&dryRun=1'],
    [200, '?name=new.service&name=none.service'],
  ],
  unitContent: [[200, 'a.service']],
  whyUnit: [[200, 'picky.service']],
  listStates: [[200, '']],
  restartUnits: [
    [200, '?dryRun=1', { units: [{ name: 'a.service' }] }],
    [200, '', { units: [{ name: 'a.service', machineID: 'm1' }, { name: 'none.service' }] }],
  ],
  listMachines: [[200, '']],
  forgetMachine: [
    [200, 'm3?dryRun=1'],
    [204, 'm3'],
  ],
  drainMachine: [
    [200, 'm1?dryRun=1', { reason: 'why not' }],
    [200, 'm1', {}],
  ],
  undrainMachine: [
    [200, 'm1?dryRun=1'],
    [204, 'm1'],
  ],
  rebalance: [[200, '?dryRun=1', {}]],
  status: [[200, '']],
  local: [[200, '']],
  openapi: [[200, '']],
  metrics: [[200, '']],
};

test('each operation of the OpenAPI document is there and answers as it says', {
  timeout: 120_000,
}, async () => {
  await using api = await full();
  const left = new Set(Object.keys(calls));
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(Object(methods))) {
      const { operationId: id, responses } = Object(operation);
      if (id === 'events') continue;
      assert.ok(left.delete(id), `${id} is not called by this test`);
      const statuses = new Set<string>();
      for (const [status, rest, body] of calls[id] ?? []) {
        const [inPath = '', query] = rest.split('?');
        const target = `${path.replace(/\{\w+\}/, inPath)}${query === undefined ? '' : `?${query}`}`;
        const answer = await api.ask(method.toUpperCase(), target, body);
        assert.equal(answer.status, status, `${id}: ${answer.text}`);
        assert.equal(
          undocumented(method.toUpperCase(), target.replace(/\?.*/, ''), status, answer.body),
          undefined,
        );
        statuses.add(String(status));
      }
      const successes = Object.keys(responses).filter((status) => Number(status) < 300);
      assert.deepEqual([...statuses].sort(), successes, `${id}: its successes`);
    }
    // What the document does not have is refused.
    for (const method of ['GET', 'PUT', 'POST', 'DELETE', 'PATCH']) {
      if (method.toLowerCase() in Object(methods) || path === '/metrics') continue;
      const answer = await api.ask(method, path.replace(/\{\w+\}/, 'x'), {});
      assert.ok([400, 405].includes(answer.status), `${method} ${path}: ${answer.status}`);
    }
  }
  assert.deepEqual([...left], [], 'calls of operations that the document does not have');
  assert.deepEqual(api.internal, []);
});

test('each line of the stream is one that the document tells of', { timeout: 60_000 }, async () => {
  await using api = await full();
  const { fleetEvents } = await import('../../../src/fleet/api/events.ts');
  const { readFilter } = await import('../../../src/fleet/api/filter.ts');
  const { queryOf } = await import('./serve.ts');
  const { store, keys, explain } = api.context;
  const { schema } = document.paths['/fleet/v2/events'].get.responses['200'].content['application/x-ndjson'];
  const filter = readFilter(queryOf('name=none.service&name=*'), ['name']);
  const abort = new AbortController();
  const how = { filter, signal: abort.signal, pingMs: 10, reasonsMs: 0, now: () => performance.now() };
  const told = new Set<string>();
  for await (const event of fleetEvents(store, keys, explain, how)) {
    const line = JSON.parse(JSON.stringify(event));
    assert.equal(misfit(schema, line), undefined, JSON.stringify(line));
    if (event.type === 'ping') break;
    if (event.type === 'synced') await store.transact([], [{ kind: 'delete', key: keys.machine('m2') }]);
    told.add(event.type);
  }
  abort.abort();
  assert.deepEqual([...told].sort(), [
    'bookmark',
    'machine',
    'machine-removed',
    'synced',
    'unit',
    'unit-removed',
  ]);
  assert.notEqual(misfit(schema, { type: 'unit', revision: 1 }), undefined);
});

test('what is not as documented is noticed, and the document is served as it is kept', async () => {
  assert.match(undocumented('GET', '/fleet/v2/units', 200, { units: [] }) ?? '', /revision/);
  assert.match(undocumented('GET', '/fleet/v2/units', 201, {}) ?? '', /no such answer/);
  assert.match(undocumented('GET', '/fleet/v2/other', 200, {}) ?? '', /no such operation/);
  assert.match(undocumented('PUT', '/fleet/v1/units/a', 204, {}) ?? '', /a body where there is to be none/);
  await using api = await serve();
  const kept = readFileSync(new URL('../../../docs/reference/openapi.json', import.meta.url), 'utf8');
  assert.deepEqual((await api.ask('GET', '/fleet/v2/openapi.json')).body, JSON.parse(kept));
});

interface DiscoveryMethod {
  readonly id: string;
  readonly httpMethod: string;
  readonly path: string;
  readonly parameters: Readonly<Record<string, { readonly location: string; readonly required?: boolean }>>;
  readonly parameterOrder: readonly string[];
  readonly request?: { readonly $ref: string };
  readonly response?: { readonly $ref: string };
}

test('a client made from the discovery document works', { timeout: 60_000 }, async () => {
  await using api = await full();
  const target = { path: api.path };
  const discovered = JSON.parse((await raw(target, 'GET', '/fleet/v1/discovery')).body);
  const { schemas, resources, servicePath, rootUrl } = discovered;
  assert.deepEqual(Object.keys(schemas).sort(), [
    ...['Machine', 'MachinePage', 'Unit', 'UnitOption', 'UnitPage', 'UnitState', 'UnitStatePage'],
  ]);
  assert.deepEqual(schemas.Unit.properties.desiredState.enum, ['inactive', 'loaded', 'launched']);
  for (const [key, value] of [
    ...[
      ['kind', 'discovery#restDescription'] as const,
      ['id', 'fleet:v1'] as const,
      ['name', 'schema'] as const,
    ],
    ...[['protocol', 'rest'] as const, ['basePath', '/fleet/v1/'] as const, ['batchPath', 'batch'] as const],
    ['baseUrl', '$ENDPOINT/fleet/v1/'] as const,
  ])
    assert.equal(discovered[key], value);
  const methods = new Map<string, DiscoveryMethod>(
    Object.values(Object(resources)).flatMap((resource) =>
      Object.values(Object(resource).methods).map((one): [string, DiscoveryMethod] => [
        Object(one).id,
        Object(one),
      ]),
    ),
  );
  const call = async (id: string, args: Readonly<Record<string, string>>, body?: object) => {
    const method = methods.get(id);
    assert.ok(method !== undefined, id);
    let path = `${rootUrl.replace('$ENDPOINT', '')}${servicePath}${method.path}`;
    const query = new URLSearchParams({ alt: 'json' });
    for (const [name, value] of Object.entries(args)) {
      const { location } = method.parameters[name] ?? {};
      assert.ok(location !== undefined, `${id} has no ${name}`);
      if (location === 'path') path = path.replace(`{${name}}`, encodeURIComponent(value));
      else query.set(name, value);
    }
    for (const [name, { required }] of Object.entries(method.parameters))
      assert.ok(required !== true || name in args, `${id} needs ${name}`);
    assert.equal(body !== undefined, method.request !== undefined, id);
    const lines = body === undefined ? [] : ['Content-Type: application/json'];
    const answer = await raw(
      target,
      method.httpMethod,
      `${path}?${query}`,
      lines,
      body && JSON.stringify(body),
    );
    assert.ok(answer.status < 300, `${id}: ${answer.status} ${answer.body}`);
    const value = answer.body === '' ? undefined : JSON.parse(answer.body);
    assert.equal(value !== undefined, method.response !== undefined, id);
    if (method.response !== undefined) conforms(value, schemas[method.response.$ref], schemas, id);
    called.add(id);
    return value;
  };
  const called = new Set<string>();
  await call(
    'fleet.Unit.Set',
    { unitName: 'web@1.service' },
    { name: 'web@1.service', options, desiredState: 'inactive' },
  );
  await call(
    'fleet.Unit.Set',
    { unitName: 'web@1.service' },
    { name: 'web@1.service', desiredState: 'launched' },
  );
  assert.equal((await call('fleet.Unit.Get', { unitName: 'web@1.service' })).desiredState, 'launched');
  assert.ok((await call('fleet.Unit.List', {})).units.length > 3);
  assert.equal((await call('fleet.Unit.List', { nextPageToken: 'ZAACAA==' })).units, undefined);
  assert.equal(
    (await call('fleet.UnitState.List', { unitName: 'a.service', machineID: 'm1' })).states.length,
    1,
  );
  assert.equal((await call('fleet.UnitState.Get', { unitName: 'a.service' })).machineID, 'm1');
  assert.equal((await call('fleet.Machine.List', {})).machines.length, 2);
  await call('fleet.Unit.Delete', { unitName: 'web@1.service' });
  assert.deepEqual([...called].sort(), [...methods.keys()].sort());
});

/** What a generated client expects: each field of its type, and no field that it does not know. */
function conforms(
  value: unknown,
  schema: { type?: string; $ref?: string },
  schemas: Record<string, object>,
  at: string,
): void {
  const { $ref, type, properties, items, additionalProperties, enum: values } = Object(schema);
  if ($ref !== undefined) conforms(value, Object(schemas[$ref]), schemas, `${at} ${$ref}`);
  else if (type === 'array') {
    assert.ok(Array.isArray(value), at);
    for (const item of value) conforms(item, items, schemas, `${at}[]`);
  } else if (type === 'object') {
    for (const [key, field] of Object.entries(Object(value))) {
      const known = properties[key] ?? additionalProperties;
      assert.ok(known !== undefined, `${at} has an unknown ${key}`);
      conforms(field, known, schemas, `${at}.${key}`);
    }
  } else {
    assert.equal(typeof value, type, at);
    if (values !== undefined) assert.ok(values.includes(value), `${at}: ${value}`);
  }
}
