import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TargetState } from '../../../src/fleet/model.ts';
import { fleetKeys } from '../../../src/fleet/registry/keys.ts';
import { readCluster } from '../../../src/fleet/registry/read.ts';
import { writeAssignment } from '../../../src/fleet/registry/records.ts';
import { restartUnits } from '../../../src/fleet/registry/restart.ts';
import { applyRequests } from '../../../src/fleet/registry/write.ts';
import { memoryStore, type Store } from '../../../src/store/index.ts';

const keys = fleetKeys('/test/');

async function place(
  store: Store,
  unit: string,
  machineID: string,
  targetState: Exclude<TargetState, 'inactive'> = 'launched',
) {
  const value = writeAssignment({ unit, machineID, hash: 'h', targetState, reason: 'So.', after: ['m9'] });
  await store.transact([], [{ kind: 'put', key: keys.schedule(machineID, unit), value }]);
}

async function marks(store: Store, unit: string) {
  const { view } = await readCluster(store, keys);
  return [...(view.assignments.get(unit)?.values() ?? [])].map(({ machineID, restart, reason, after }) => {
    assert.deepEqual([reason, after], ['So.', ['m9']]);
    return [machineID, restart];
  });
}

async function storeWith(...units: readonly (readonly [name: string, desiredState: TargetState])[]) {
  const store = await memoryStore();
  const options = [{ section: 'Service', name: 'ExecStart', value: '/bin/true' }];
  await applyRequests(
    store,
    keys,
    units.map(([name, desiredState]) => ({ name, desiredState, options })),
  );
  return store;
}

test('a restart marks all places of a unit, or the one that was named', async () => {
  await using store = await storeWith(['g.service', 'launched'], ['a.service', 'launched']);
  for (const id of ['m1', 'm2']) await place(store, 'g.service', id);
  await place(store, 'a.service', 'm1');
  const both = await restartUnits(store, keys, [{ name: 'g.service' }, { name: 'a.service' }], 'one');
  assert.deepEqual(
    both.results.map(({ outcome }) => outcome),
    ['changed', 'changed'],
  );
  assert.deepEqual(await marks(store, 'g.service'), [
    ['m1', 'one'],
    ['m2', 'one'],
  ]);
  assert.deepEqual(await marks(store, 'a.service'), [['m1', 'one']]);
  await restartUnits(store, keys, [{ name: 'g.service', machineID: 'm2' }], 'two');
  assert.deepEqual(await marks(store, 'g.service'), [
    ['m1', 'one'],
    ['m2', 'two'],
  ]);
});

test('what cannot be restarted is refused with the reason, and the others are restarted', async () => {
  await using store = await storeWith(
    ['a.service', 'launched'],
    ['l.service', 'loaded'],
    ['n.service', 'launched'],
  );
  await place(store, 'a.service', 'm1');
  await place(store, 'l.service', 'm1', 'loaded');
  const { results } = await restartUnits(
    store,
    keys,
    [
      { name: 'x.service' },
      { name: 'l.service' },
      { name: 'n.service' },
      { name: 'a.service', machineID: 'm2' },
      { name: 'a.service', machineID: 'm1' },
    ],
    'one',
  );
  assert.deepEqual(
    results.map((result) =>
      result.outcome === 'refused' ? `${result.code} ${result.message}` : result.outcome,
    ),
    [
      '404 unit does not exist',
      '409 unit is not launched: its desired state is loaded',
      '409 unit is on no machine',
      '404 unit is not on machine m2',
      'changed',
    ],
  );
  assert.deepEqual(await marks(store, 'a.service'), [['m1', 'one']]);
  assert.deepEqual(await marks(store, 'l.service'), [['m1', undefined]]);
});

test('a unit that is stopped or moved in the very moment is not started again by its restart', async () => {
  await using store = await storeWith(['a.service', 'launched'], ['b.service', 'launched']);
  await place(store, 'a.service', 'm1');
  await place(store, 'b.service', 'm1');
  const { transact } = store;
  let first = true;
  const between: Store = new Proxy(store, {
    get: (target, name) => {
      if (name !== 'transact') return Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name);
      return async (...given: Parameters<Store['transact']>) => {
        if (first) {
          first = false;
          await applyRequests(store, keys, [{ name: 'a.service', desiredState: 'loaded' }]);
          await place(store, 'a.service', 'm1', 'loaded');
          await store.transact([], [{ kind: 'delete', key: keys.schedule('m1', 'b.service') }]);
          await place(store, 'b.service', 'm2');
        }
        return transact.apply(store, given);
      };
    },
  });
  const { results } = await restartUnits(
    between,
    keys,
    [{ name: 'a.service' }, { name: 'b.service' }],
    'one',
  );
  assert.deepEqual(
    results.map(({ outcome }) => outcome),
    ['refused', 'changed'],
  );
  assert.deepEqual(await marks(store, 'a.service'), [['m1', undefined]]);
  assert.deepEqual(await marks(store, 'b.service'), [['m2', 'one']]);
});
