// The rules of the semaphore in the layout of version 2, and the keys that it is found under.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  initialSemaphore,
  lock,
  readSemaphore,
  setMax,
  unlock,
  writeSemaphore,
} from '../../../src/locksmith/semaphore/rules.ts';
import { v2Key } from '../../../src/locksmith/semaphore/v2.ts';

test('a semaphore begins with one place, written as the original writes it', () => {
  assert.equal(writeSemaphore(initialSemaphore), '{"semaphore":1,"max":1,"holders":null}');
  assert.deepEqual(readSemaphore('{"semaphore":1,"max":1,"holders":null}', 'k'), initialSemaphore);
});

test('full is said before holder exists', () => {
  const held = lock(initialSemaphore, 'a');
  assert.equal(writeSemaphore(held), '{"semaphore":0,"max":1,"holders":["a"]}');
  assert.throws(() => lock(held, 'a'), { message: 'semaphore is at 0', code: 'locksmith.full' });
  assert.throws(() => lock(setMax(held, 2), 'a'), { message: 'holder exists', code: 'locksmith.held' });
  assert.throws(() => lock(setMax(held, -1), 'b'), { message: 'semaphore is at -2' });
});

test('holders are sorted; after the last has gone the list is empty, not null', () => {
  const two = lock(lock(setMax(initialSemaphore, 2), 'b'), 'a');
  assert.deepEqual(two.holders, ['a', 'b']);
  assert.equal(writeSemaphore(unlock(unlock(two, 'b'), 'a')), '{"semaphore":2,"max":2,"holders":[]}');
  assert.throws(() => unlock(two, 'c'), { message: 'holder does not exist', code: 'locksmith.notHeld' });
});

test('a maximum below the holders makes what is available negative, and 0 is one', () => {
  const one = lock(initialSemaphore, 'a');
  assert.deepEqual(setMax(one, 0), { semaphore: -1, max: 0, holders: ['a'] });
  assert.deepEqual(unlock(setMax(one, 0), 'a'), { semaphore: 0, max: 0, holders: [] });
});

test('free places and holders always make up the maximum', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('lock'), id: fc.constantFrom('a', 'b', 'c'), max: fc.constant(0) }),
    fc.record({ kind: fc.constant('unlock'), id: fc.constantFrom('a', 'b', 'c'), max: fc.constant(0) }),
    fc.record({ kind: fc.constant('max'), id: fc.constant(''), max: fc.integer({ min: -2, max: 4 }) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let now = initialSemaphore;
      for (const { kind, id, max } of steps) {
        try {
          now = kind === 'lock' ? lock(now, id) : kind === 'unlock' ? unlock(now, id) : setMax(now, max);
        } catch (error) {
          assert.match(String(error), /semaphore is at|holder/);
        }
        assert.equal(now.semaphore + (now.holders?.length ?? 0), now.max);
        assert.deepEqual(now.holders, now.holders === null ? null : [...new Set(now.holders)].sort());
        assert.deepEqual(readSemaphore(writeSemaphore(now), 'k'), now);
      }
    }),
  );
});

test('what is no semaphore is refused by name', () => {
  for (const text of ['', '[', '"x"', '{"semaphore":"1"}', '{"holders":[1]}', 'null']) {
    assert.throws(() => readSemaphore(text, '/the/key'), /The key \/the\/key holds no semaphore/);
  }
  // Go leaves what is not there at its zero.
  assert.deepEqual(readSemaphore('{}', 'k'), { semaphore: 0, max: 0, holders: null });
});

test('groups are escaped in the key, and once more on the wire', () => {
  assert.equal(v2Key(''), '/coreos.com/updateengine/rebootlock/semaphore');
  assert.equal(v2Key('web'), '/coreos.com/updateengine/rebootlock/groups/web/semaphore');
  assert.equal(v2Key('a b'), '/coreos.com/updateengine/rebootlock/groups/a+b/semaphore');
  assert.equal(
    v2Key('prod/database'),
    '/coreos.com/updateengine/rebootlock/groups/prod%252Fdatabase/semaphore',
  );
  assert.equal(v2Key('é~*'), '/coreos.com/updateengine/rebootlock/groups/%25C3%25A9~%252A/semaphore');
});
