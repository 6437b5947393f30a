import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Relation, TargetState } from '../../src/fleet/model.ts';
import { findRing, heldBack } from '../../src/fleet/relations.ts';

type State = { systemdActiveState: string; jobResult?: string };

const kinds = ['Requires', 'BindsTo', 'PartOf', 'After'] as const;
/** Which kinds hold a unit back that has started, or has not, when the other is so. */
function holding(
  started: boolean,
  wanted: TargetState | undefined,
  states: readonly State[] | undefined,
): string {
  const seen = states?.map((state) => ({ machineID: 'm', reached: 'launched' as const, ...state }));
  const facts = { wanted: () => wanted, states: () => seen };
  return kinds
    .filter((kind) => heldBack([{ kind, unit: 'p.service' }], started, facts) !== undefined)
    .join(' ');
}
const is = (systemdActiveState: string, jobResult?: string): State[] => [
  { systemdActiveState, ...(jobResult === undefined ? {} : { jobResult }) },
];

test('a unit starts when what it needs is active', () => {
  assert.equal(holding(false, 'launched', is('active', 'done')), '');
  assert.equal(holding(false, 'launched', is('activating')), 'Requires BindsTo After');
  assert.equal(
    holding(false, 'launched', is('inactive', 'done')),
    'BindsTo',
    'a oneshot that is over is over',
  );
  assert.equal(holding(false, 'launched', is('failed', 'failed')), 'Requires BindsTo');
  assert.equal(holding(false, 'launched', []), 'Requires BindsTo After');
  assert.equal(holding(false, 'launched', undefined), 'Requires BindsTo After');
  assert.equal(holding(false, 'loaded', is('inactive', 'done')), 'Requires BindsTo PartOf');
  assert.equal(holding(false, undefined, []), 'Requires BindsTo');
  assert.equal(
    holding(false, 'launched', [...is('failed'), ...is('active')]),
    '',
    'of a global unit one is enough',
  );
});

test('what has started stops only for what is known', () => {
  assert.equal(holding(true, 'launched', []), '', 'a machine that is lost says nothing');
  assert.equal(holding(true, 'launched', undefined), '', 'nor does a store that is away');
  assert.equal(holding(true, 'launched', is('activating')), '');
  assert.equal(holding(true, 'launched', is('failed', 'done')), 'BindsTo');
  assert.equal(holding(true, 'launched', [...is('failed'), ...is('active')]), '');
  assert.equal(holding(true, 'loaded', is('active', 'done')), 'BindsTo PartOf');
  assert.equal(holding(true, undefined, []), 'BindsTo');
});

test('rings are found and named', async () => {
  const requires = (...units: string[]): Relation[] => units.map((unit) => ({ kind: 'Requires', unit }));
  const cluster: Record<string, Relation[]> = {
    b: requires('c', 'd'),
    c: [{ kind: 'After', unit: 'a' }],
    d: [{ kind: 'PartOf', unit: 'e' }],
    e: requires('d'),
  };
  const next = async (name: string) => cluster[name] ?? [];
  assert.deepEqual(await findRing('a', requires('b'), next), ['a', 'b', 'c', 'a']);
  assert.deepEqual(await findRing('a', requires('a'), next), ['a', 'a']);
  assert.equal(await findRing('z', requires('e', 'b'), next), undefined);
});
