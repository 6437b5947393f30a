import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fleetKeys } from '../../../src/fleet/registry/keys.ts';
import { applyRequests, removeUnits } from '../../../src/fleet/registry/write.ts';
import { openStore, type Store, storeErrors } from '../../../src/store/index.ts';

const keys = fleetKeys('/test/');
const options = [{ section: 'Service', name: 'ExecStart', value: '/bin/true' }];

test('many units are written and removed with few readings, and others between them are left alone', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-write-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await using inner = await openStore({ kind: 'embedded', path: join(folder, 'store.db') });
  let reads = 0;
  const store: Store = {
    ...{ description: inner.description, maxOperations: inner.maxOperations },
    get: (key) => {
      reads += 1;
      return inner.get(key);
    },
    range: (range) => {
      reads += 1;
      return inner.range(range);
    },
    transact: (guards, operations) => inner.transact(guards, operations),
    watch: (range, how) => inner.watch(range, how),
    leaseTime: (id) => inner.leaseTime(id),
    head: (range) => inner.head(range),
    remembers: (revision) => inner.remembers(revision),
    grantLease: (how) => inner.grantLease(how),
    [Symbol.asyncDispose]: async () => {},
  };
  const names = Array.from({ length: 40 }, (_, index) => `web@${index}.service`);
  await applyRequests(store, keys, [{ name: 'web@2x.service', options, desiredState: 'loaded' }]);
  reads = 0;
  const asked = names.map((name) => ({ name, options, desiredState: 'launched' as const }));
  const { results } = await applyRequests(store, keys, asked);
  assert.ok(results.every(({ outcome }) => outcome === 'created'));
  const again = await applyRequests(store, keys, asked);
  assert.deepEqual(
    again.results.map(({ outcome }) => outcome),
    names.map(() => 'unchanged'),
  );
  const { removed } = await removeUnits(store, keys, names);
  assert.equal(removed.size, names.length);
  assert.ok(reads < 10, `${reads} readings`);
  const left = await inner.range(keys.ranges.units);
  assert.deepEqual(
    left.keyValues.map(({ key }) => key),
    [keys.unit('web@2x.service')],
  );
});

test('what rests on nothing is written several transactions at once; what may rest on others in order', async () => {
  await using inner = await openStore({ kind: 'memory' });
  let under = 0;
  let most = 0;
  const store: Store = Object.create(inner, {
    maxOperations: { value: inner.maxOperations },
    get: { value: (key: string) => inner.get(key) },
    range: { value: (range: Parameters<Store['range']>[0]) => inner.range(range) },
    transact: {
      value: async (...parts: Parameters<Store['transact']>) => {
        most = Math.max(most, ++under);
        // Whoever else is about to write has begun by then.
        for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
        under--;
        return inner.transact(...parts);
      },
    },
  });
  const names = Array.from({ length: 300 }, (_, index) => `web@${index}.service`);
  const requests = names.map((name) => ({ name, options, desiredState: 'launched' as const }));
  const { results, revision } = await applyRequests(store, keys, requests);
  assert.deepEqual(
    results.map(({ name, outcome }) => `${name} ${outcome}`),
    names.map((name) => `${name} created`),
  );
  assert.equal(most, 4);
  assert.equal(revision, (await inner.range(keys.ranges.units)).revision);
  assert.equal((await removeUnits(store, keys, names)).removed.size, names.length);
  for (const extra of [
    { name: 'web@.service', options, desiredState: 'inactive' as const },
    { name: 'web@5.service', desiredState: 'loaded' as const },
    { name: 'a.service', options: [...options, { section: 'X-Fleet', name: 'After', value: 'b.service' }] },
  ]) {
    most = 0;
    await applyRequests(store, keys, [...requests, extra]);
    assert.equal(most, 1, extra.name);
    await removeUnits(store, keys, [...names, extra.name]);
  }
});

test('a write that broke off is decided anew from what is there, and its answer tells what was done', async () => {
  for (const isDone of [true, false]) {
    await using inner = await openStore({ kind: 'memory' });
    let breaks = 1;
    const store: Store = Object.create(inner, {
      maxOperations: { value: inner.maxOperations },
      get: { value: (key: string) => inner.get(key) },
      range: { value: (range: Parameters<Store['range']>[0]) => inner.range(range) },
      transact: {
        value: async (...parts: Parameters<Store['transact']>) => {
          if (breaks-- <= 0) return inner.transact(...parts);
          if (isDone) await inner.transact(...parts);
          throw storeErrors.error('unavailable', 'It broke off.');
        },
      },
    });
    const request = { name: 'a.service', options, desiredState: 'launched' as const };
    const { results, revision } = await applyRequests(store, keys, [request]);
    assert.deepEqual(results, [{ name: 'a.service', outcome: 'created' }]);
    assert.equal(revision, (await inner.range(keys.ranges.units)).revision);
    breaks = 2;
    const again = applyRequests(store, keys, [{ ...request, name: 'b.service' }]);
    await (isDone ? again : assert.rejects(again, /It broke off/));
  }
});
