// Reasons for waiting in the stream of events: told, kept right, and worked out no more often than need be.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fleetEvents } from '../../../src/fleet/api/events.ts';
import { readFilter } from '../../../src/fleet/api/filter.ts';
import type { FleetEvent } from '../../../src/fleet/model.ts';
import { fleetKeys } from '../../../src/fleet/registry/keys.ts';
import { writeAssignment, writeMachine } from '../../../src/fleet/registry/records.ts';
import { applyRequests } from '../../../src/fleet/registry/write.ts';
import { unitHash } from '../../../src/fleet/unit-content.ts';
import { memoryStore } from '../../../src/store/index.ts';
import { service } from '../cluster/nodes.ts';
import { queryOf } from './serve.ts';

const keys = fleetKeys('/keelson');

test('a burst of changes costs few readings, and the last reason is told', { timeout: 120_000 }, async () => {
  await using store = await memoryStore();
  let readings = 0;
  const seen: FleetEvent[] = [];
  const abort = new AbortController();
  const explain = (view: { readonly machines: ReadonlyMap<string, unknown> }) => {
    readings++;
    return `none of ${view.machines.size} machines`;
  };
  await applyRequests(store, keys, [service('a.service')]);
  const events = fleetEvents(store, keys, explain, {
    filter: readFilter(queryOf(''), []),
    signal: abort.signal,
    pingMs: 10_000,
    reasonsMs: 100,
    now: () => performance.now(),
  });
  const reader = (async () => {
    for await (const event of events) seen.push(event);
  })();
  const reason = () => {
    const last = seen.findLast((event) => event.type === 'unit');
    return last?.type === 'unit' ? last.unit.waiting : undefined;
  };
  const until = async (holds: () => boolean, what: string) => {
    for (let tries = 0; tries < 3000; tries++) {
      if (holds()) return;
      await sleep(20);
    }
    assert.fail(`${what}: ${JSON.stringify(seen.at(-1))}`);
  };
  await until(() => seen.some(({ type }) => type === 'synced'), 'all is told first');
  assert.equal(reason(), 'none of 0 machines');
  const began = performance.now();
  for (let index = 0; index < 200; index++) {
    const value = writeMachine({ primaryIP: '', metadata: {}, version: '', instance: '' });
    await store.transact([], [{ kind: 'put', key: keys.machine(`m${index}`), value }]);
  }
  await until(() => reason() === 'none of 200 machines', 'the last reason');
  const bound = 3 + (performance.now() - began) / 100;
  assert.ok(readings <= bound, `${readings} readings, at most ${bound} expected`);
  const hash = unitHash(service('a.service').options ?? []);
  const placed = { unit: 'a.service', machineID: 'm1', hash, targetState: 'launched', reason: '' } as const;
  const value = writeAssignment(placed);
  await store.transact([], [{ kind: 'put', key: keys.schedule('m1', 'a.service'), value }]);
  await until(() => reason() === undefined, 'it waits no more');
  const after = readings;
  await store.transact([], [{ kind: 'delete', key: keys.machine('m7') }]);
  await sleep(300);
  assert.equal(readings, after);
  abort.abort();
  await reader;
});
