// A program that stops itself, as nsenter does when what it started is stopped.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run, runErrors } from '../../src/host/index.ts';

const stopsItself = 'kill -STOP $$; echo awake';

test('it is woken when that was asked for', async () => {
  const { stdout } = await run('sh', ['-c', stopsItself], { awake: true });
  assert.equal(stdout, 'awake\n');
});

test('and sleeps to its deadline when not', async () => {
  await assert.rejects(run('sh', ['-c', stopsItself], { deadlineMs: 1500 }), (error) =>
    runErrors.is(error, 'deadline'),
  );
});
