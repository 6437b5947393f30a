import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError, run, runErrors } from '../../src/host/index.ts';

test('collects output and status of a real program', async () => {
  const result = await run('sh', ['-c', 'echo out; echo err >&2; exit 3'], { accept: [3] });
  assert.deepEqual(result, { stdout: 'out\n', stderr: 'err\n', status: 3 });
});

test('what a program leaves in the background is not waited for when its output is passed on', async () => {
  const { stdout, status } = await run('sh', ['-c', 'sleep 12 & echo >&2; exit 5'], {
    accept: [5],
    passOutput: true,
    deadlineMs: 10_000,
  });
  assert.deepEqual([stdout, status], ['', 5]);
});

test('arguments reach the program as they are', async () => {
  const nasty = ['$HOME', "a'b", '-x', 'two words', ''];
  const { stdout } = await run('printf', ['[%s]', ...nasty]);
  assert.equal(stdout, nasty.map((word) => `[${word}]`).join(''));
});

test('a failure says the program, the status and its last words', async () => {
  await assert.rejects(run('sh', ['-c', 'echo why it failed >&2; exit 4']), (error) => {
    assert.ok(runErrors.is(error, 'failed'));
    assert.match(error.message, /^sh ended with status 4\. It said: why it failed$/);
    return true;
  });
});

test('a missing program is named', async () => {
  await assert.rejects(run('no-such-program-here', []), (error) => {
    assert.ok(runErrors.is(error, 'missing'));
    assert.equal(error.message, 'no-such-program-here is not installed.');
    return true;
  });
});

test('the deadline kills', async () => {
  const begin = performance.now();
  await assert.rejects(run('sleep', ['30'], { deadlineMs: 100 }), (error) => runErrors.is(error, 'deadline'));
  assert.ok(performance.now() - begin < 25_000);
});

test('aborting kills and gives the reason', async () => {
  const abort = new AbortController();
  const reason = new Error('no longer wanted');
  setTimeout(() => abort.abort(reason), 50);
  await assert.rejects(run('sleep', ['30'], { signal: abort.signal }), reason);
});

test('output beyond the bound is dropped, not kept', async () => {
  const { stdout } = await run('head', ['-c', '100000', '/dev/zero'], { maxOutputBytes: 1000 });
  assert.equal(stdout.length, 1000);
});

test('input is given, and a program that does not read it is no failure', async () => {
  assert.equal((await run('cat', [], { input: 'héllo' })).stdout, 'héllo');
  assert.equal((await run('true', [], { input: 'x'.repeat(1_000_000) })).status, 0);
});

test('an error of the house carries code, exit status and HTTP status', () => {
  const error = runErrors.error('failed', 'It failed.', { hint: 'Try again.' });
  assert.ok(error instanceof CodedError);
  assert.deepEqual(
    [error.code, error.exit, error.http, error.hint],
    ['host.run.failed', 1, 500, 'Try again.'],
  );
});
