// Streams of events that are cut anywhere and taken up again: what a reader knows in the end is how it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fleetEvents } from '../../../src/fleet/api/events.ts';
import { readFilter } from '../../../src/fleet/api/filter.ts';
import type { FleetEvent } from '../../../src/fleet/model.ts';
import { fleetKeys } from '../../../src/fleet/registry/keys.ts';
import { readCluster } from '../../../src/fleet/registry/read.ts';
import { writeAssignment, writeMachine } from '../../../src/fleet/registry/records.ts';
import { knownUnits, unitStatus } from '../../../src/fleet/registry/status.ts';
import { applyRequests, removeUnits } from '../../../src/fleet/registry/write.ts';
import { memoryStore, openStore, type Store } from '../../../src/store/index.ts';
import { startEtcd } from '../../store/etcd-process.ts';
import { service } from '../cluster/nodes.ts';
import { ask, queryOf, serve } from './serve.ts';

const keys = fleetKeys('/keelson');
const explain = () => 'because';
const query = 'name=a*&name=b.service&name=c.service&active=&desired=launched&desired=loaded';

/** What a reader has been told, taking streams up again where they were cut. */
class Reader {
  readonly units = new Map<string, string>();
  readonly machines = new Map<string, string>();
  since: number | undefined;
  readonly filter;
  constructor(text: string) {
    this.filter = readFilter(queryOf(text), ['name', 'machine', 'desired', 'active', 'metadata']);
  }

  take(event: FleetEvent): void {
    if (event.type === 'unit') this.units.set(event.unit.name, JSON.stringify(event.unit));
    if (event.type === 'unit-removed') this.units.delete(event.name);
    if (event.type === 'machine') this.machines.set(event.machine.id, JSON.stringify(event.machine));
    if (event.type === 'machine-removed') this.machines.delete(event.id);
    if (event.type === 'synced' || event.type === 'bookmark' || event.type === 'ping')
      this.since = event.revision;
  }

  /** Reads until `done` says so, and drops the stream there. */
  async read(store: Store, done: (event: FleetEvent) => boolean): Promise<void> {
    // Without a bookmark everything is told anew.
    if (this.since === undefined) this.units.clear();
    if (this.since === undefined) this.machines.clear();
    const cut = new AbortController();
    const options = {
      ...{ filter: this.filter, signal: cut.signal, pingMs: 20, reasonsMs: 0, now: () => performance.now() },
      ...(this.since === undefined ? {} : { since: this.since }),
    };
    for await (const event of fleetEvents(store, keys, explain, options)) {
      this.take(event);
      if (done(event)) break;
    }
    cut.abort();
  }
}

type Act = {
  readonly what: 'put' | 'remove' | 'place' | 'leave' | 'machine' | 'lose';
  readonly name: string;
};

async function act(store: Store, { what, name }: Act, index: number): Promise<void> {
  const place = keys.schedule('m1', name);
  if (what === 'put') {
    const desiredState = (['launched', 'loaded', 'inactive'] as const)[index % 3] ?? 'launched';
    await applyRequests(store, keys, [{ ...service(name), desiredState }]);
  } else if (what === 'remove') await removeUnits(store, keys, [name]);
  else if (what === 'place') {
    const assignment = {
      unit: name,
      machineID: 'm1',
      hash: 'h',
      targetState: 'launched',
      reason: '',
    } as const;
    await store.transact([], [{ kind: 'put', key: place, value: writeAssignment(assignment) }]);
  } else if (what === 'leave') await store.transact([], [{ kind: 'delete', key: place }]);
  else if (what === 'machine') {
    const value = writeMachine({ primaryIP: String(index), metadata: {}, version: '', instance: '' });
    await store.transact([], [{ kind: 'put', key: keys.machine(name), value }]);
  } else await store.transact([], [{ kind: 'delete', key: keys.machine(name) }]);
}

const anAct = fc.record({
  what: fc.constantFrom('put', 'remove', 'place', 'leave', 'machine', 'lose'),
  name: fc.constantFrom('a1.service', 'a2.service', 'b.service', 'other.service'),
});

async function assertKnows(reader: Reader, store: Store): Promise<void> {
  const { view } = await readCluster(store, keys);
  const all = knownUnits(view).flatMap((name) => unitStatus(view, name, explain) ?? []);
  const units = all.filter((unit) => reader.filter.unit(view, unit));
  assert.deepEqual(
    [...reader.units].sort(),
    units.map((unit): [string, string] => [unit.name, JSON.stringify(unit)]).sort(),
  );
  const machines = [...view.machines.keys()].flatMap((id) => view.machine(id) ?? []);
  assert.deepEqual(
    [...reader.machines].sort(),
    machines.map((machine): [string, string] => [machine.id, JSON.stringify(machine)]).sort(),
  );
}

for (const text of ['', query.replace('&active=', '')]) {
  test(`cut anywhere, with ?${text}`, { timeout: 300_000 }, async () => {
    const phase = fc.record({ acts: fc.array(anAct, { maxLength: 4 }), cutAfter: fc.nat(6) });
    await fc.assert(
      fc.asyncProperty(fc.array(phase, { minLength: 1, maxLength: 5 }), async (phases) => {
        await using store = await memoryStore();
        const reader = new Reader(text);
        let count = 0;
        for (const { acts, cutAfter } of phases) {
          for (const one of acts) await act(store, one, count++);
          // A ping is the word that there is no more to read.
          let left = cutAfter;
          await reader.read(store, (event) => event.type === 'ping' || left-- === 0);
        }
        await reader.read(store, (event) => event.type === 'ping');
        await assertKnows(reader, store);
      }),
      { numRuns: 60, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
    );
  });
}

test('on a real etcd: only what changed is told; what it has compacted is 410', {
  timeout: 120_000,
}, async () => {
  await using etcd = await startEtcd({ size: 1 });
  await using store = await openStore({ kind: 'etcd', endpoints: etcd.endpoints });
  await applyRequests(store, keys, [service('a1.service'), service('a2.service'), service('b.service')]);
  const reader = new Reader('');
  await reader.read(store, (event) => event.type === 'synced');
  const { since = 0 } = reader;
  await removeUnits(store, keys, ['a1.service']);
  await applyRequests(store, keys, [{ name: 'b.service', desiredState: 'loaded' }]);
  const told: string[] = [];
  await reader.read(store, (event) => {
    if (event.type === 'unit') told.push(event.unit.name);
    if (event.type === 'unit-removed') told.push(`-${event.name}`);
    return told.includes('-a1.service') && event.type === 'bookmark';
  });
  // a2 waits for a machine: reasons are told again.
  assert.deepEqual([...new Set(told)].sort(), ['-a1.service', 'a2.service', 'b.service']);
  await assertKnows(reader, store);

  await using api = await serve({ store });
  const get = (revision: number) => ask(api.path)('GET', `/fleet/v2/events?since=${revision}`);
  const { revision } = await store.range(keys.ranges.cluster);
  const compaction = await fetch(`${etcd.endpoints[0]}/v3/kv/compaction`, {
    method: 'POST',
    body: JSON.stringify({ revision: String(revision), physical: true }),
  });
  assert.equal(compaction.status, 200);
  for (const unknown of [since, revision + 1000]) {
    const answer = await get(unknown);
    assert.equal(answer.status, 410, answer.text);
    assert.match(answer.text, /ask without since/);
  }
  assert.equal((await get(0)).status, 400);
});
