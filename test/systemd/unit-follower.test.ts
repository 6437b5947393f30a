// What a follower tells, and above all what it does not ask again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
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

test('a signal that comes while a known unit is listed again is dropped: the answer is newer', async () => {
  const second = Promise.withResolvers<readonly ListedUnit[]>();
  const answers = [Promise.resolve([idle]), second.promise];
  const { follower, states } = setUp(async () => (await answers.shift()) ?? []);
  follower.setNames(new Set(['a.service']));
  await turn();
  follower.resync(false);
  follower.propertiesChanged('/u/a', { ActiveState: 'activating' });
  await turn();
  assert.deepEqual(states(), ['inactive']);
  second.resolve([{ ...idle, activeState: 'active' }]);
  await turn();
  assert.deepEqual(states(), ['inactive', 'active']);
});

test('so is one for a unit whose listing waits for another to end', async () => {
  const second = Promise.withResolvers<readonly ListedUnit[]>();
  let count = 0;
  const rows = (names: readonly string[]) => names.map((name) => ({ ...idle, path: `/u/${name}` }));
  const { follower, states, asked } = setUp(async (names) => {
    count += 1;
    return count === 2 ? second.promise : rows(names);
  });
  follower.setNames(new Set(['a.service']));
  await turn();
  follower.setNames(new Set(['a.service', 'b.service']));
  follower.resync(false);
  follower.propertiesChanged('/u/a.service', { ActiveState: 'activating' });
  second.resolve(rows(['b.service']));
  await turn();
  assert.deepEqual(states(), ['inactive', 'inactive']);
  assert.deepEqual(asked.at(-1), ['a.service', 'b.service']);
});

test('a unit that is no longer followed is not told, even from a listing under way', async () => {
  const answer = Promise.withResolvers<readonly ListedUnit[]>();
  const { follower, seen } = setUp(() => answer.promise);
  follower.setNames(new Set(['a.service']));
  follower.setNames(new Set());
  answer.resolve([idle]);
  await turn();
  follower.propertiesChanged('/u/a', { ActiveState: 'failed' });
  await turn();
  assert.deepEqual(seen, []);
  assert.equal(follower.follows('/u/a'), false);
  follower.setNames(new Set(['a.service']));
  await turn();
  follower.propertiesChanged('/u/a', { ActiveState: 'failed' });
  follower.setNames(new Set());
  await turn();
  assert.deepEqual(
    seen.map(({ activeState }) => activeState),
    ['inactive'],
  );
});

test('two announcements of one loading are answered by one listing', async () => {
  const { follower, asked } = setUp(async () => [idle]);
  follower.setNames(new Set(['a.service']));
  await turn();
  follower.unitRemoved('a.service', '/u/a');
  follower.unitNew('a.service', '/u/a');
  follower.unitNew('a.service', '/u/a');
  await turn();
  assert.equal(asked.length, 2);
});

test('a unit that has become another is followed under its new path alone', async () => {
  const paths = ['/u/a', '/u/real'];
  const { follower, seen } = setUp(async () => [{ ...idle, path: paths.shift() ?? '' }]);
  follower.setNames(new Set(['a.service']));
  await turn();
  follower.resync(false);
  await turn();
  assert.deepEqual([follower.follows('/u/a'), follower.follows('/u/real')], [false, true]);
  follower.propertiesChanged('/u/a', { ActiveState: 'failed' });
  await turn();
  assert.equal(seen.length, 1);
  follower.setNames(new Set());
  assert.equal(follower.follows('/u/real'), false);
});

test('a listing that fails is made again', { timeout: 60_000 }, async () => {
  let count = 0;
  const { follower, states } = setUp(async () => {
    count += 1;
    if (count === 1) throw new Error('gone');
    return [idle];
  });
  follower.setNames(new Set(['a.service']));
  for (let tries = 0; tries < 1000 && states().length === 0; tries += 1) await sleep(50);
  assert.deepEqual(states(), ['inactive']);
});

test('one unit under two names is told under both; a template under its own, without asking', async () => {
  const { follower, asked, seen } = setUp(async (names) => names.map(() => idle));
  follower.setNames(new Set(['a.service', 'alias.service', 'b@.service']));
  await turn();
  assert.deepEqual(asked, [['a.service', 'alias.service']]);
  assert.deepEqual(
    seen.map(({ name, loadState }) => [name, loadState]),
    [
      ['a.service', 'loaded'],
      ['alias.service', 'loaded'],
      ['b@.service', 'not-found'],
    ],
  );
  follower.propertiesChanged('/u/a', { SubState: 'dead' });
  follower.propertiesChanged('/u/a', { SubState: 'running' });
  await turn();
  assert.deepEqual(
    seen.slice(3).map(({ name, subState }) => [name, subState]),
    [
      ['a.service', 'running'],
      ['alias.service', 'running'],
    ],
  );
  follower.setNames(new Set(['alias.service']));
  follower.propertiesChanged('/u/a', { ActiveState: 'active' });
  await turn();
  assert.deepEqual(
    seen.slice(5).map(({ name }) => name),
    ['alias.service'],
  );
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
