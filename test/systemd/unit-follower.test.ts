// What a follower tells, and above all what it does not ask again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { UnitChange } from '../../src/systemd/index.ts';
import { type ListedUnit, UnitFollower } from '../../src/systemd/unit-follower.ts';

const idle: ListedUnit = { path: '/u/a', loadState: 'loaded', activeState: 'inactive', subState: 'dead' };

function setUp(list: (names: readonly string[]) => Promise<readonly ListedUnit[]>) {
  const seen: UnitChange[] = [];
  const asked: (readonly string[])[] = [];
  const follower = new UnitFollower({
    onChange: (change) => seen.push(change),
    signal: new AbortController().signal,
    list: (names) => {
      asked.push(names);
      return list(names);
    },
  });
  return { seen, asked, follower, states: () => seen.map((change) => change.activeState) };
}

test('the announcement of a unit that our own listing loaded is not answered by another listing', async () => {
  const { follower, asked, seen } = setUp(async () => [idle]);
  follower.setNames(new Set(['a.service']));
  await turn();
  for (let round = 0; round < 3; round += 1) {
    follower.unitNew('a.service', '/u/a');
    await turn();
  }
  assert.equal(asked.length, 1);
  follower.unitRemoved('a.service', '/u/a');
  // Now somebody else loads it; our look loads it again, and that echo must end it.
  follower.unitNew('a.service', '/u/a');
  await turn();
  follower.unitNew('a.service', '/u/a');
  await turn();
  assert.equal(asked.length, 2);
  assert.equal(seen.length, 1);
});

test('signals while a unit is being listed are older than the answer', async () => {
  const answers = Promise.withResolvers<readonly ListedUnit[]>();
  const { follower, states } = setUp(() => answers.promise);
  follower.setNames(new Set(['a.service']));
  follower.propertiesChanged('/u/a', { ActiveState: 'activating' });
  answers.resolve([{ ...idle, activeState: 'active' }]);
  await turn();
  follower.propertiesChanged('/u/a', { ActiveState: 'failed' });
  await turn();
  assert.deepEqual(states(), ['active', 'failed']);
});

test('a resync after a reconnect tells all, one after a reload only what changed', async () => {
  const { follower, states } = setUp(async () => [idle]);
  follower.setNames(new Set(['a.service']));
  await turn();
  follower.resync(false);
  await turn();
  assert.equal(states().length, 1);
  follower.resync(true);
  await turn();
  assert.equal(states().length, 2);
});

test('names wished for while listing are listed in one call afterwards', async () => {
  const first = Promise.withResolvers<void>();
  const { follower, asked } = setUp(async (names) => {
    await first.promise;
    return names.map((name) => ({ ...idle, path: `/u/${name}` }));
  });
  follower.setNames(new Set(['a.service']));
  follower.setNames(new Set(['a.service', 'b.service']));
  follower.setNames(new Set(['b.service', 'c.service', 'd.service']));
  first.resolve();
  await turn();
  assert.deepEqual(asked, [['a.service'], ['b.service', 'c.service', 'd.service']]);
});
