// API v1 row by row, on a unix socket and on TCP: status, headers and words as clients of fleet know them.

import assert from 'node:assert/strict';
import type { NetConnectOpts } from 'node:net';
import { test } from 'node:test';
import { writeAssignment, writeMachine, writeState } from '../../../src/fleet/registry/records.ts';
import { type RawAnswer, request } from './raw.ts';
import { serve } from './serve.ts';

const options = [{ section: 'Service', name: 'ExecStart', value: '/bin/true' }];
const xFleet = (name: string, value: string) => ({ section: 'X-Fleet', name, value });
const json = ['Content-Type: application/json'];
const base = '/fleet/v1';

/** Method, path, headers, body, status, and the message of an error. */
type Row = readonly [string, string, readonly string[], unknown, number, (string | RegExp | undefined)?];

const only = (verbs: string) => `only ${verbs} supported against this resource`;

const paths: readonly Row[] = [
  ...['GET', 'PUT', 'HEAD', 'DELETE'].flatMap((verb): Row[] => [
    [verb, '/', [], '', 405, ''],
    [verb, base, [], '', 405, ''],
    [verb, '/v1-alpha', [], '', 405, ''],
  ]),
  ...['/fleet/v1/', '/fleet/v1/units/', '/fleet/v1/units/a.service/', '/fleet/v1/units/a/b', '/fleet'].map(
    (path): Row => ['GET', path, [], '', 404, ''],
  ),
  ['GET', `${base}/units/a%2Fb.service`, [], '', 404, ''],
  ['GET', `${base}/state/`, [], '', 404, ''],
  ['GET', `${base}/machines/`, [], '', 404, ''],
  ['GET', `${base}/machines/m1`, [], '', 404, ''],
  ['GET', `${base}/discovery/`, [], '', 404, ''],
  ['GET', `${base}/nothing`, [], '', 404, ''],
  ['GET', '/fleet/v3/units', [], '', 404, ''],
  ['GET', `${base}/units/%zz`, [], '', 400, /percent-encoding/],
  ['GET', `${base}/units/%ff.service`, [], '', 400, /percent-encoding/],
  ...['HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].flatMap((verb): Row[] => [
    [verb, `${base}/units`, [], '', 405, only('GET')],
    [verb, `${base}/state`, [], '', 405, only('GET')],
    [verb, `${base}/state/a.service`, [], '', 405, only('GET')],
    [verb, `${base}/discovery`, [], '', 400, 'only HTTP GET supported against this resource'],
  ]),
  ...['HEAD', 'POST', 'PATCH', 'OPTIONS'].map(
    (verb): Row => [verb, `${base}/units/a.service`, [], '', 405, only('GET, PUT and DELETE')],
  ),
  ...['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'].map(
    (verb): Row => [verb, `${base}/machines`, [], '', 405, only('GET and PATCH')],
  ),
  ['GET', `${base}/units/none.service`, [], '', 404, 'unit does not exist'],
  ['DELETE', `${base}/units/none.service`, [], '', 404, 'unit does not exist'],
  ['GET', `${base}/state/none.service`, [], '', 404, 'unit state does not exist'],
];

const tokens: readonly Row[] = ['units', 'state', 'machines'].flatMap((list) =>
  (
    [
      ['a&nextPageToken=b', 'too many values for page token'],
      ['!!!!', 'illegal base64 data at input byte 0'],
      ['ZAAB*A==', 'illegal base64 data at input byte 4'],
      ['ZAABAA', 'illegal base64 data at input byte 4'],
      ['ZAABAA=', 'illegal base64 data at input byte 7'],
      ['ZAABAA==ZAAB', 'illegal base64 data at input byte 8'],
      ['Z===', 'illegal base64 data at input byte 1'],
      ['ZQABAA==', 'token limit must be 100'],
      ['ZAAAAA==', 'token page must be greater than zero'],
      ['', 'EOF'],
      ['ZAA=', 'unexpected EOF'],
    ] as const
  ).map(([token, message]): Row => {
    const query = token.includes('&') ? token : encodeURIComponent(token);
    return ['GET', `${base}/${list}?nextPageToken=${query}`, [], '', 400, message];
  }),
);

const notJson = 'only acceptable Content-Type is application/json';
const bad = (words: RegExp | string, ...list: readonly object[]): Row => [
  'PUT',
  `${base}/units/new.service`,
  json,
  { options: [...options, ...list] },
  400,
  words,
];

const puts: readonly Row[] = [
  // 1. The media type comes before all else, and its parameters do not matter.
  ['PUT', `${base}/units/bad name`, [], '{', 400],
  ['PUT', `${base}/units/bad.name`, ['X: y'], '{', 415, 'expected 1 Content-Type, got 0'],
  ['PUT', `${base}/units/bad.name`, [...json, ...json], '{', 415, 'expected 1 Content-Type, got 2'],
  ['PUT', `${base}/units/bad.name`, ['Content-Type: text/plain'], '{', 415, notJson],
  ['PUT', `${base}/units/bad.name`, ['Content-Type: '], '{', 415, notJson],
  ['PUT', `${base}/units/bad.name`, ['Content-Type: application/jsonx'], '{', 415, notJson],
  // 2. Then the body.
  ['PUT', `${base}/units/bad.name`, json, '{', 400, /^unable to decode body: /],
  ['PUT', `${base}/units/bad.name`, json, '', 400, /^unable to decode body: /],
  ['PUT', `${base}/units/bad.name`, json, '[]', 400, /^unable to decode body: /],
  ['PUT', `${base}/units/bad.name`, json, { name: 1 }, 400, /^unable to decode body: /],
  ['PUT', `${base}/units/bad.name`, json, { options: {} }, 400, /^unable to decode body: /],
  ['PUT', `${base}/units/bad.name`, json, { desiredState: 1 }, 400, /^unable to decode body: /],
  ['PUT', `${base}/units/bad.name`, json, { machineID: [] }, 400, /^unable to decode body: /],
  // 3. Then whether it is the unit of the path, 4. and its name.
  [
    'PUT',
    `${base}/units/bad.name`,
    json,
    { name: 'b' },
    400,
    'name in URL "bad.name" differs from unit name in request body "b"',
  ],
  ['PUT', `${base}/units/bad.name`, json, {}, 400, 'invalid unit type: "name"'],
  ['PUT', `${base}/units/none`, json, {}, 400, 'unit name must contain "."'],
  ['PUT', `${base}/units/none.`, json, {}, 400, 'unit name cannot end in "."'],
  ['PUT', `${base}/units/a@1.mount`, json, {}, 400, 'invalid unit type for template: "mount"'],
  ['PUT', `${base}/units/a%20b.service`, json, {}, 400, "invalid character ' ' in unit name"],
  ['PUT', `${base}/units/%40a.service`, json, {}, 400, 'unit name cannot start in "@"'],
  [
    'PUT',
    `${base}/units/${'a'.repeat(249)}.service`,
    json,
    {},
    400,
    'unit name exceeds maximum length (256)',
  ],
  // 5. Of a new unit: its options, whatever else is wrong; then their rules; then the state.
  [
    'PUT',
    `${base}/units/new.service`,
    json,
    { desiredState: 'bogus' },
    409,
    'unit does not exist and options field empty',
  ],
  ['PUT', `${base}/units/new.service`, json, 'null', 409, 'unit does not exist and options field empty'],
  [
    'PUT',
    `${base}/units/new.service`,
    json,
    { options: [] },
    409,
    'unit does not exist and options field empty',
  ],
  [
    'PUT',
    `${base}/units/new.service`,
    json,
    {
      desiredState: 'bogus',
      options: [...options, xFleet('MachineOf', 'p.service'), xFleet('Conflicts', 'p*')],
    },
    400,
    'unresolvable requirements: peer "p.service" matches conflict "p*"',
  ],
  bad(
    'unresolvable requirements: peer "p.service" matches replace "p*"',
    xFleet('MachineOf', 'p.service'),
    xFleet('Replaces', 'p*'),
  ),
  bad(
    'MachineID cannot be used with Peers',
    xFleet('MachineID', 'm1'),
    xFleet('MachineOf', 'a.service'),
    xFleet('Conflicts', 'b'),
  ),
  bad(
    'MachineID cannot be used with Conflicts',
    xFleet('MachineID', 'm1'),
    xFleet('Conflicts', 'b'),
    xFleet('Global', 'true'),
  ),
  bad(
    'MachineID cannot be used with Global',
    xFleet('MachineID', 'm1'),
    xFleet('Global', 'true'),
    xFleet('Replaces', 'b'),
  ),
  bad('MachineID cannot be used with Replaces', xFleet('MachineID', 'm1'), xFleet('Replaces', 'b')),
  bad('Global cannot be used with Peers', xFleet('Global', 'true'), xFleet('MachineOf', 'a.service')),
  bad('Global cannot be used with Replaces', xFleet('Global', 'true'), xFleet('Replaces', 'b')),
  bad('Conflicts cannot be used with Replaces', xFleet('Conflicts', 'a'), xFleet('Replaces', 'b')),
  [
    'PUT',
    `${base}/units/new.service`,
    json,
    { options, desiredState: 'bogus' },
    400,
    /^invalid desiredState "bogus"/,
  ],
  // A new template is not activated either.
  [
    'PUT',
    `${base}/units/new@.service`,
    json,
    { options, desiredState: 'launched' },
    400,
    'cannot activate template "new@.service"',
  ],
  ['GET', `${base}/units/new.service`, [], '', 404, 'unit does not exist'],
  ['GET', `${base}/units/new@.service`, [], '', 404, 'unit does not exist'],
  // An instance is not made of its template: that is the client's work in this version.
  [
    'PUT',
    `${base}/units/t@1.service`,
    json,
    { desiredState: 'launched' },
    409,
    'unit does not exist and options field empty',
  ],
  ['PUT', `${base}/units/t@1.service`, json, { options, desiredState: 'launched' }, 201],
  // 6. Of a known unit with another content: created anew, by the same rules.
  [
    'PUT',
    `${base}/units/a.service`,
    json,
    { options: [...options, xFleet('Conflicts', 'a'), xFleet('Replaces', 'b')] },
    400,
    'Conflicts cannot be used with Replaces',
  ],
  [
    'PUT',
    `${base}/units/a.service`,
    json,
    { options: [...options, ...options], desiredState: 'bogus' },
    400,
    /^invalid desiredState/,
  ],
  [
    'PUT',
    `${base}/units/a.service`,
    ['Content-Type: application/json; charset=utf-8'],
    { options: [...options, ...options] },
    201,
  ],
  // 7. Of a known unit otherwise: a state.
  ['PUT', `${base}/units/a.service`, json, {}, 409, 'must provide DesiredState to update existing unit'],
  [
    'PUT',
    `${base}/units/t@.service`,
    json,
    { desiredState: 'bogus' },
    400,
    'cannot activate template "t@.service"',
  ],
  ['PUT', `${base}/units/a.service`, json, { desiredState: 'bogus' }, 400, /^invalid desiredState "bogus"/],
  ['PUT', `${base}/units/a.service`, json, { name: 'a.service', desiredState: 'launched' }, 204],
  ['PUT', '/v1-alpha/units/a.service', json, { DesiredState: 'inactive', Name: 'a.service' }, 204],
  ['PUT', `${base}/units/t%401.service`, json, { desiredState: 'loaded' }, 204],
  ['DELETE', `${base}/units/t%401.service`, [], '', 204],
  ['GET', `${base}/units/t@1.service`, [], '', 404, 'unit does not exist'],
];

const patch = (body: unknown, status: number, message?: string | RegExp): Row => [
  'PATCH',
  `${base}/machines`,
  [],
  body,
  status,
  message,
];
const path = '/m1/metadata/rack';
const patches: readonly Row[] = [
  patch('{', 400, /^unable to decode body: /),
  patch('{}', 400, /^unable to decode body: /),
  patch('', 400, /^unable to decode body: /),
  patch([{ op: 'move', path: 'x' }], 400, 'invalid op: expect add, remove, or replace'),
  patch([null], 400, 'invalid op: expect add, remove, or replace'),
  ...[
    'x',
    '/m1/metadata/',
    '//metadata/a',
    '/m1/metadata/a b',
    '/m1/other/a',
    `/${'m'.repeat(2000)}/metadata/a`,
  ].map((wrong) => patch([{ op: 'remove', path: wrong }], 400, 'machine metadata path invalid')),
  ...[undefined, '', { value: '' }, {}, 1, { value: 1 }].map((value) =>
    patch([{ op: 'add', path, value }], 400, 'invalid value: add and replace require a value'),
  ),
  // All are looked at before the first is done.
  patch(
    [{ op: 'add', path, value: 'r1' }, { op: 'oops' }],
    400,
    'invalid op: expect add, remove, or replace',
  ),
  patch('[]', 204),
  patch(
    [
      { op: 'add', path, value: { value: 'r7' } },
      { op: 'replace', path: '/m1/metadata/disk', value: 'ssd' },
      { op: 'remove', path: '/m1/metadata/zone' },
      { op: 'add', path: '/later/metadata/rack', value: 'r9' },
    ],
    204,
  ),
];

for (const where of ['a unix socket', 'TCP'] as const) {
  test(`each row of the API, in order, on ${where}`, { timeout: 120_000 }, async () => {
    await using api = await serve();
    const target = where === 'TCP' ? { host: '127.0.0.1', port: api.port } : { path: api.path };
    for (const name of ['a.service', 't@.service'])
      await api.ask('PUT', `${base}/units/${name}`, { options });
    const machine = { primaryIP: '10.1.0.7', metadata: { zone: 'b' }, version: '1', instance: 'i' };
    const value = writeMachine(machine);
    await api.context.store.transact([], [{ kind: 'put', key: api.context.keys.machine('m1'), value }]);
    for (const row of [...paths, ...tokens, ...puts, ...patches]) await check(target, row);
    const { body } = await request(target, 'GET', '/v1-alpha/machines');
    assert.deepEqual(JSON.parse(body), {
      machines: [{ id: 'm1', primaryIP: '10.1.0.7', metadata: { rack: 'r7', disk: 'ssd' } }],
    });
    assert.deepEqual(api.internal, []);
  });
}

async function check(target: NetConnectOpts, [method, path, lines, sent, status, message]: Row) {
  const body = typeof sent === 'string' ? sent : JSON.stringify(sent);
  const answer = await request(target, method, path, lines, body);
  const row = `${method} ${path.slice(0, 80)} ${body.slice(0, 200)}: ${answer.status} ${answer.body}`;
  assert.equal(answer.status, status, row);
  assert.equal(answer.headers.get('server'), 'fleetd/1', row);
  if (status < 300) {
    assert.equal(answer.body, '', row);
    // What PATCH has always said, and PUT and DELETE never.
    assert.equal(
      answer.headers.get('content-type'),
      method === 'PATCH' ? 'application/json' : undefined,
      row,
    );
    return;
  }
  assert.equal(answer.headers.get('content-type'), 'application/json', row);
  if (method === 'HEAD') return assert.equal(answer.body, '', row);
  checkError(answer, status, message, row);
}

function checkError(answer: RawAnswer, code: number, message: string | RegExp | undefined, row: string) {
  const { error, ...more } = JSON.parse(answer.body);
  assert.deepEqual(more, {}, row);
  assert.equal(error.code, code, row);
  if (message instanceof RegExp) assert.match(error.message, message, row);
  else if (message !== undefined) assert.equal(error.message, message, row);
}

test('what is empty is left out, lists in order, filters exact', async () => {
  await using api = await serve();
  const { store, keys } = api.context;
  const get = async (path: string) => (await api.ask('GET', `${base}/${path}`)).body;
  for (const list of ['units', 'state', 'machines']) assert.deepEqual(await get(list), {});
  const state = (name: string, machineID: string, sub: string) => {
    const value = writeState({
      ...{ name, machineID, hash: 'h', systemdLoadState: 'loaded', systemdActiveState: 'active' },
      ...{ systemdSubState: sub, reached: 'launched', assignmentRevision: 1 },
    });
    return { kind: 'put', key: keys.state(machineID, name), value } as const;
  };
  const machine = (id: string, primaryIP: string) => {
    const value = writeMachine({ primaryIP, metadata: {}, version: '1', instance: id });
    return { kind: 'put', key: keys.machine(id), value } as const;
  };
  const assignment = writeAssignment({
    ...{ unit: 'b.service', machineID: 'm2', hash: 'h', targetState: 'launched', reason: 'r' },
  });
  await store.transact(
    [],
    [
      ...[state('b.service', 'm2', 'running'), state('b.service', 'm1', ''), state('a.service', 'm2', 'x')],
      ...[machine('m2', ''), machine('m1', '10.0.0.1')],
      { kind: 'put', key: keys.schedule('m2', 'b.service'), value: assignment },
    ],
  );
  const told = { hash: 'h', systemdLoadState: 'loaded', systemdActiveState: 'active' };
  const of = (name: string, machineID: string, sub?: string) => ({
    ...{ name, machineID, ...told },
    ...(sub === undefined ? {} : { systemdSubState: sub }),
  });
  const [a, b1, b2] = [of('a.service', 'm2', 'x'), of('b.service', 'm1'), of('b.service', 'm2', 'running')];
  assert.deepEqual(await get('state'), { states: [a, b1, b2] });
  assert.deepEqual(await get('state?unitName=b.service'), { states: [b1, b2] });
  assert.deepEqual(await get('state?machineID=m2'), { states: [a, b2] });
  assert.deepEqual(await get('state?machineID=m2&unitName=b.service'), { states: [b2] });
  assert.deepEqual(await get('state?unitName=b'), {});
  assert.deepEqual(await get('state/b.service'), b1);
  assert.deepEqual(await get('machines'), { machines: [{ id: 'm1', primaryIP: '10.0.0.1' }, { id: 'm2' }] });
  const list = [...options, { section: 'Service', name: 'Empty', value: '' }];
  await api.ask('PUT', `${base}/units/b.service`, { options: list, desiredState: 'launched' });
  await api.ask('PUT', `${base}/units/a.service`, { options });
  assert.deepEqual(await get('units'), {
    units: [
      { name: 'a.service', options, desiredState: 'inactive', currentState: 'inactive' },
      {
        ...{ name: 'b.service', desiredState: 'launched', currentState: 'launched', machineID: 'm2' },
        options: [...options, { section: 'Service', name: 'Empty' }],
      },
    ],
  });
});

test('pages: full ones promise another, what is beyond the end is empty, the last number has no next', async () => {
  await using api = await serve();
  const { store, keys } = api.context;
  const machine = (index: number) => {
    const id = `m${String(index).padStart(3, '0')}`;
    const value = writeMachine({ primaryIP: '', metadata: {}, version: '', instance: '' });
    return { kind: 'put', key: keys.machine(id), value } as const;
  };
  for (let from = 0; from < 200; from += 100)
    await store.transact(
      [],
      Array.from({ length: 100 }, (_, index) => machine(from + index)),
    );
  const page = async (token: string) => {
    const query = token === '' ? '' : `?nextPageToken=${token}`;
    const { machines = [], nextPageToken } = Object((await api.ask('GET', `${base}/machines${query}`)).body);
    return [machines[0]?.id, machines.length, nextPageToken];
  };
  assert.deepEqual(await page(''), ['m000', 100, 'ZAACAA==']);
  assert.deepEqual(await page('ZAABAA=='), ['m000', 100, 'ZAACAA==']);
  assert.deepEqual(await page('ZAACAA=='), ['m100', 100, 'ZAADAA==']);
  assert.deepEqual(await page('ZAADAA=='), [undefined, 0, undefined]);
  assert.deepEqual(await page('ZAD__w=='), [undefined, 0, undefined]);
});

test('while it cannot serve, the API says so on each of its paths', async () => {
  const away = 'fleet server unable to communicate with etcd';
  await using api = await serve({ unavailable: () => away });
  for (const [method, path] of [
    ...[
      ['GET', base],
      ['GET', '/'],
      ['GET', `${base}/units`],
      ['PUT', `${base}/units/a.service`],
    ],
    ...[
      ['PATCH', `${base}/machines`],
      ['GET', `${base}/discovery`],
      ['GET', '/v1-alpha/state'],
      ['GET', '/fleet/v2/units'],
    ],
  ] as const) {
    const answer = await api.ask(method, path);
    assert.equal(answer.status, 503, path);
    assert.deepEqual(answer.body, { error: { code: 503, message: away } });
  }
});
