// The bookkeeping of jobs: whatever order systemd speaks in, each job gets its own end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemdErrors } from '../../src/systemd/index.ts';
import { Jobs } from '../../src/systemd/jobs.ts';

test('a result that comes before the answer belongs to the job that the answer names', async () => {
  const jobs = new Jobs();
  jobs.asking();
  jobs.removed(7, 'failed');
  jobs.removed(8, 'done');
  assert.equal(await jobs.answered(7, 'a.service'), 'failed');
});

test('results of jobs that nobody asks for are not kept', async () => {
  const jobs = new Jobs();
  jobs.removed(7, 'failed');
  jobs.asking();
  const result = jobs.answered(7, 'a.service');
  jobs.removed(7, 'done');
  assert.equal(await result, 'done');
  assert.deepEqual(jobs.ids, []);
});

test('two calls that systemd merges into one job both hear its end', async () => {
  const jobs = new Jobs();
  jobs.asking();
  jobs.asking();
  const first = jobs.answered(3, 'a.service');
  const second = jobs.answered(3, 'a.service');
  jobs.removed(3, 'done');
  assert.deepEqual([await first, await second], ['done', 'done']);
});

test('a job whose end was missed is rejected with what to look at', async () => {
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

test('a result that systemd has learned since counts as failed', async () => {
  const jobs = new Jobs();
  jobs.asking();
  const result = jobs.answered(3, 'a.service');
  jobs.removed(3, 'frozen');
  assert.equal(await result, 'failed');
});
