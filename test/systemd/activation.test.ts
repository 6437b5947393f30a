// Which passed sockets are ours.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeActivatedSockets } from '../../src/systemd/index.ts';

test('sockets are taken once, with their names', () => {
  const env = { LISTEN_PID: '10', LISTEN_FDS: '3', LISTEN_FDNAMES: 'api:web', HOME: '/' };
  assert.deepEqual(takeActivatedSockets(env, 10), [
    { fd: 3, name: 'api' },
    { fd: 4, name: 'web' },
    { fd: 5, name: 'unknown' },
  ]);
  assert.deepEqual(env, { HOME: '/' });
  assert.deepEqual(takeActivatedSockets(env, 10), []);
});

test('what was meant for another process, or is no number, is not taken', () => {
  assert.deepEqual(takeActivatedSockets({ LISTEN_PID: '11', LISTEN_FDS: '1' }, 10), []);
  assert.deepEqual(takeActivatedSockets({ LISTEN_PID: '10', LISTEN_FDS: '-1' }, 10), []);
  assert.deepEqual(takeActivatedSockets({ LISTEN_PID: '10' }, 10), []);
});
