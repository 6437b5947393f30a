// The bookkeeping of jobs: whatever order systemd speaks in, each job gets its own end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemdErrors } from '../../src/systemd/index.ts';
import { Jobs } from '../../src/systemd/jobs.ts';

// A result that is lost would be waited for without end.
const within = { timeout: 60_000 };

test('a result that comes before the answer belongs to the job that the answer names', within, async () => {
  const jobs = new Jobs();
  jobs.asking();
  jobs.removed(7, 'failed');
  jobs.removed(8, 'done');
  assert.equal(await jobs.answered(7, 'a.service'), 'failed');
});

test('results of jobs that nobody asks for are not kept', within, async () => {
  const jobs = new Jobs();
  jobs.removed(7, 'failed');
  jobs.asking();
  const result = jobs.answered(7, 'a.service');
  jobs.removed(7, 'done');
  assert.equal(await result, 'done');
  assert.deepEqual(jobs.ids, []);
});

test('two calls that systemd merges into one job both hear its end', within, async () => {
  const jobs = new Jobs();
  jobs.asking();
  jobs.asking();
  const first = jobs.answered(3, 'a.service');
  const second = jobs.answered(3, 'a.service');
  jobs.removed(3, 'done');
  assert.deepEqual([await first, await second], ['done', 'done']);
});

test('a job whose end was missed is rejected with what to look at', within, async () => {
  const jobs = new Jobs();
  jobs.asking();
  const result = jobs.answered(3, 'a.service');
  jobs.lost(jobs.ids);
  await assert.rejects(
    async () => result,
    (error) => {
      return (
        systemdErrors.is(error, 'disconnected') && error.hint?.includes('systemctl status a.service') === true
      );
    },
  );
});

test('a result that systemd has learned since counts as failed', within, async () => {
  const jobs = new Jobs();
  jobs.asking();
  const result = jobs.answered(3, 'a.service');
  jobs.removed(3, 'frozen');
  assert.equal(await result, 'failed');
});

test('an early result belongs to no later job, also when a call in between failed', within, async () => {
  const jobs = new Jobs();
  jobs.asking();
  jobs.asking();
  jobs.removed(7, 'failed');
  assert.equal(jobs.answered(undefined, 'a.service'), undefined);
  assert.equal(await jobs.answered(7, 'b.service'), 'failed');
  jobs.asking();
  const result = jobs.answered(7, 'c.service');
  jobs.removed(7, 'done');
  assert.equal(await result, 'done');
});

test('early results are bounded: the oldest goes first', within, async () => {
  const jobs = new Jobs();
  jobs.asking();
  for (let id = 1; id <= 5000; id += 1) jobs.removed(id, 'failed');
  jobs.asking();
  const oldest = jobs.answered(1, 'a.service');
  assert.deepEqual(jobs.ids, [1]);
  jobs.removed(1, 'done');
  assert.equal(await oldest, 'done');
  assert.equal(await jobs.answered(5000, 'b.service'), 'failed');
});

test('only the jobs that are named are lost', within, async () => {
  const jobs = new Jobs();
  jobs.asking();
  jobs.asking();
  const first = jobs.answered(1, 'a.service');
  const second = jobs.answered(2, 'b.service');
  jobs.lost([1]);
  await assert.rejects(async () => first);
  jobs.removed(2, 'done');
  assert.equal(await second, 'done');
  // Nobody listens to this one: that must not end the process.
  jobs.asking();
  jobs.answered(3, 'c.service');
  jobs.lost([3]);
  await new Promise((resolve) => setImmediate(resolve));
});
