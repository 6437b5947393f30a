// What the original fleetctl sends, byte for byte: absolute request targets, `alt=json`, names with and
// without %40; and what its client library can read of our answers.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeMachine } from '../../../src/fleet/registry/records.ts';
import { answersIn, send } from './raw.ts';
import { serve } from './serve.ts';

const folder = join(import.meta.dirname, 'go-client');
const unit = {
  name: 'web@1.service',
  options: [
    { section: 'Unit', name: 'Description', value: 'web %i' },
    { section: 'Service', name: 'ExecStart', value: '/usr/bin/webd --id %i' },
    { section: 'X-Fleet', name: 'Conflicts', value: 'web@*.service' },
  ],
  desiredState: 'launched',
  currentState: 'inactive',
};
const error = (code: number, message: string) => ({ error: { code, message } });
const wrongState = 'invalid desiredState "started": expected inactive, loaded or launched';

const answers: Readonly<Record<string, readonly [number, unknown?]>> = {
  '01-get-missing': [404, error(404, 'unit does not exist')],
  '02-create': [201],
  '03-launch': [204],
  '04-get': [200, unit],
  '05-list': [200, { units: [unit] }],
  '06-next-page': [200, {}],
  '07-states': [200, {}],
  '08-machines': [200, { machines: [{ id: 'm1', primaryIP: '10.0.0.1' }] }],
  '09-bad-state': [400, error(400, wrongState)],
  '10-delete': [204],
  '11-discovery': [200],
};

test('all requests of the original client, one after the other on one connection', async () => {
  await using api = await serve();
  const { store, keys } = api.context;
  const value = writeMachine({ primaryIP: '10.0.0.1', metadata: {}, version: '', instance: '' });
  await store.transact([], [{ kind: 'put', key: keys.machine('m1'), value }]);
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.http'))
    .sort();
  const names = files.map((file) => file.replace(/\.http$/, ''));
  assert.deepEqual(names, Object.keys(answers));
  // The last one is told to close, so that the end is seen.
  const requests = files.map((file) => readFileSync(join(folder, file), 'utf8'));
  const last = requests.pop()?.replace('\r\nHost:', '\r\nConnection: close\r\nHost:') ?? '';
  const got = answersIn(await send({ path: api.path }, [...requests, last].join('')));
  assert.equal(got.length, names.length);
  for (const [index, name] of names.entries()) {
    const [status, body] = answers[name] ?? [];
    assert.equal(got[index]?.status, status, `${name}: ${got[index]?.body}`);
    if (body !== undefined) assert.deepEqual(JSON.parse(got[index]?.body ?? ''), body, name);
  }
});
