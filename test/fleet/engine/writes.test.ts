// Decisions become transactions: what belongs together is written together, and never beside what it needs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planWrites } from '../../../src/fleet/engine/writes.ts';
import { fleetKeys } from '../../../src/fleet/registry/keys.ts';
import type { Decision } from '../../../src/fleet/scheduler/decision.ts';

const leader = { key: 'leader', modRevision: 1 };
const revisions = { unit: () => 1, machine: () => 1 };

function place(unit: string): Decision {
  return { kind: 'place', unit, machine: 'm1', hash: 'h', targetState: 'launched', reason: '', after: [] };
}

function plan(names: readonly string[], peers: Readonly<Record<string, readonly string[]>>, max: number) {
  const writes = planWrites(
    fleetKeys('/k'),
    leader,
    names.map(place),
    revisions,
    (unit) => peers[unit] ?? [],
    max,
  );
  for (const { operations, guards } of writes) assert.ok(operations.length <= max && guards.length <= max);
  return writes.map(({ units, continues }) => ({ units, continues }));
}

test('units that need each other are written in one transaction, wherever they stand', () => {
  const names = ['side', 'a', 'b', 'c', 'main', 'd'];
  const writes = plan(names, { side: ['main'], main: ['elsewhere'] }, 6);
  assert.ok(writes.length > 1);
  assert.deepEqual(
    writes.flatMap(({ units }) => units),
    ['side', 'main', 'a', 'b', 'c', 'd'],
  );
  assert.ok(writes.find(({ units }) => units.includes('side'))?.units.includes('main'));
  assert.ok(writes.every(({ continues }) => !continues));
});

test('more of them than one transaction takes are written one after the other', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const chain = { b: ['a'], c: ['b'], d: ['c'], e: ['d'] };
  const writes = plan(names, chain, 5);
  assert.deepEqual(
    writes.flatMap(({ units }) => units),
    names,
  );
  for (const { units, continues } of writes.slice(1))
    assert.equal(continues, !units.includes('f') || units.length > 1);
});
