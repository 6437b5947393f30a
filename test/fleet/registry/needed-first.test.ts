// The units of a large request are made known in an order in which nobody comes before what it needs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTurn, neededFirst } from '../../../src/fleet/registry/needed-first.ts';

function unit(name: string, ...options: readonly (readonly [string, string, string])[]) {
  return { name, options: options.map(([section, key, value]) => ({ section, name: key, value })) };
}

const names = (requests: readonly { readonly name: string }[]) =>
  neededFirst(requests).order.map((index) => requests[index]?.name);

test('what is needed comes first, all else stays in its order', () => {
  const requests = [
    unit('side.service', ['X-Fleet', 'MachineOf', 'main.service']),
    unit('other.service'),
    unit('main.service', ['Unit', 'Requires', 'data.service docker.service']),
    unit('data.service'),
  ];
  assert.deepEqual(names(requests), ['data.service', 'main.service', 'side.service', 'other.service']);
  assert.equal(neededFirst(requests).isBound, true);
});

test('units that need each other end, and stand side by side', () => {
  const requests = [
    unit('a.service', ['Unit', 'BindsTo', 'b.service']),
    unit('x.service'),
    unit('b.service', ['X-Fleet', 'MachineOf', 'a.service']),
  ];
  assert.deepEqual(names(requests), ['b.service', 'a.service', 'x.service']);
});

test('where nothing needs anything, or a name is given twice, the order stays', () => {
  const free = [unit('b.service'), unit('a.service')];
  assert.deepEqual(neededFirst(free), inTurn(free));
  const twice = [unit('b.service', ['Unit', 'Requires', 'a.service']), unit('a.service'), unit('a.service')];
  assert.deepEqual(neededFirst(twice), inTurn(twice));
});
