import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batches, queries } from '../../../src/fleet/ctl/client-v2.ts';
import { parseEndpoint } from '../../../src/fleet/ctl/endpoint.ts';
import { chooseMachine } from '../../../src/fleet/ctl/ssh.ts';
import { unitArguments, unitName } from '../../../src/fleet/ctl/unit-arguments.ts';

test('names of units from arguments', () => {
  const names: Readonly<Record<string, string>> = {
    a: 'a.service',
    'a.service': 'a.service',
    'dir/a.timer': 'a.timer',
    'a.b': 'a.b.service',
    'w@1': 'w@1.service',
    'x.target': 'x.target',
  };
  for (const [argument, name] of Object.entries(names)) assert.equal(unitName(argument), name);
  assert.deepEqual(unitArguments(['d/w@1', 'w@1.service']), [
    { name: 'w@1.service', file: 'd/w@1.service', template: { name: 'w@.service', file: 'd/w@.service' } },
  ]);
});

test('endpoints', () => {
  assert.deepEqual(parseEndpoint('unix:///var/run/fleet.sock'), {
    kind: 'unix',
    path: '/var/run/fleet.sock',
  });
  assert.deepEqual(parseEndpoint('https://[::1]:49153/x/'), {
    kind: 'tcp',
    secure: true,
    host: '::1',
    port: 49153,
    basePath: '/x',
  });
  assert.throws(
    () => parseEndpoint('unix://var/run/fleet.sock'),
    /unable to connect to host "var" with scheme "unix"/,
  );
  assert.throws(() => parseEndpoint('/run/fleet.sock'), /URL scheme undefined/);
  assert.throws(() => parseEndpoint('ftp://x'), /unknown scheme "ftp"/);
});

test('requests stay within what servers take, and lose nothing', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `some-rather-long-name@${index}.service`);
  const cut = queries(names);
  assert.ok(cut.every((query) => query.length < 9000));
  assert.deepEqual(
    cut.flatMap((query) => new URLSearchParams(query).getAll('name')),
    names,
  );
  const requests = names.map((name) => ({ name }));
  assert.deepEqual(batches(requests, 1000).flat(), requests);
  assert.equal(batches(requests).length, 1);
  assert.deepEqual(batches([]), []);
});

test('a machine by its ID or by a unit, never by a guess', () => {
  const machine = (id: string) => [id, { id, primaryIP: '', metadata: {}, version: '' }] as const;
  const machines = new Map([machine('aa11'), machine('aa22'), machine('bb33')]);
  assert.equal(chooseMachine('bb', undefined, machines), 'bb33');
  assert.throws(() => chooseMachine('aa', undefined, machines), /could not find matching unit or machine/);
  assert.throws(() => chooseMachine('', undefined, machines), /could not find matching/);
  const unit = {
    name: 'bb.service',
    desiredState: 'launched',
    global: false,
    hash: '',
    states: [],
    assignments: [{ unit: 'bb.service', machineID: 'aa11', hash: '', targetState: 'launched', reason: '' }],
  } as const;
  assert.throws(() => chooseMachine('bb', unit, machines), /ambiguous argument/);
  assert.equal(chooseMachine('bb', unit, new Map()), 'aa11');
});
