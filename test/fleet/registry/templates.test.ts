// Instances that the server makes of a template: of the template as it is at that moment, or not at all.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fleetKeys } from '../../../src/fleet/registry/keys.ts';
import { readContents } from '../../../src/fleet/registry/read.ts';
import { readUnit } from '../../../src/fleet/registry/records.ts';
import { applyRequests, removeUnits } from '../../../src/fleet/registry/write.ts';
import { memoryStore, type Store } from '../../../src/store/index.ts';

const keys = fleetKeys('/test/');
const options = (command: string) => [{ section: 'Service', name: 'ExecStart', value: command }];

/** The store, where somebody is quicker than the first transaction. */
function outrun(inner: Store, quicker: () => Promise<unknown>): Store {
  let first = true;
  return {
    ...{ description: inner.description, maxOperations: inner.maxOperations },
    get: (key) => inner.get(key),
    range: (range) => inner.range(range),
    transact: async (guards, operations) => {
      if (first) await quicker();
      first = false;
      return inner.transact(guards, operations);
    },
    watch: (range, how) => inner.watch(range, how),
    grantLease: (how) => inner.grantLease(how),
    leaseTime: (id) => inner.leaseTime(id),
    head: (range) => inner.head(range),
    remembers: (revision) => inner.remembers(revision),
    [Symbol.asyncDispose]: async () => {},
  };
}

const start = { name: 'web@1.service', desiredState: 'launched' } as const;

test('a template that is destroyed meanwhile has no new instance', async () => {
  await using store = await memoryStore();
  await applyRequests(store, keys, [{ name: 'web@.service', options: options('/bin/true') }]);
  const quicker = () => removeUnits(store, keys, ['web@.service']);
  const { results } = await applyRequests(outrun(store, quicker), keys, [start]);
  assert.deepEqual(results, [
    {
      ...{ name: 'web@1.service', outcome: 'refused', code: 409 },
      message: 'unit does not exist and options field empty; its template web@.service does not exist either',
    },
  ]);
  assert.equal(await store.get(keys.unit('web@1.service')), undefined);
});

test('a template that is replaced meanwhile gives its new content', async () => {
  await using store = await memoryStore();
  await applyRequests(store, keys, [{ name: 'web@.service', options: options('/bin/true') }]);
  const next = { name: 'web@.service', options: options('/bin/false'), replace: true };
  const quicker = () => applyRequests(store, keys, [next]);
  await applyRequests(outrun(store, quicker), keys, [start]);
  const unit = readUnit((await store.get(keys.unit('web@1.service')))?.value ?? '');
  const contents = await readContents(store, keys, [unit?.hash ?? '']);
  assert.deepEqual(contents.get(unit?.hash ?? '')?.options, options('/bin/false'));
});

test('a template and its instances come in one request', async () => {
  await using store = await memoryStore();
  const template = { name: 'web@.service', options: options('/bin/true') };
  const { results, revision } = await applyRequests(store, keys, [template, start]);
  assert.deepEqual(
    results.map(({ outcome }) => outcome),
    ['created', 'created'],
  );
  const made = await Promise.all(['web@.service', 'web@1.service'].map((name) => store.get(keys.unit(name))));
  assert.deepEqual(
    made.map((unit) => unit?.modRevision),
    [revision, revision],
  );
});
