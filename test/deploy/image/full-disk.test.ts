// A full disk is said as such, whoever met it.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { noticingFullDisks } from '../../../src/deploy/image/full-disk.ts';
import { deployErrors } from '../../../src/deploy/index.ts';
import { cacheErrors, run } from '../../../src/host/index.ts';

test('a program that found no space, below other errors', async () => {
  const work = async () => {
    try {
      await run('sh', ['-c', 'echo "FATAL ERROR: Write failed because No space left on device" >&2; exit 1']);
    } catch (cause) {
      throw cacheErrors.error('build', 'It could not be built.', { cause });
    }
  };
  await assert.rejects(noticingFullDisks([tmpdir()], work), (error) => {
    assert.ok(deployErrors.is(error, 'full'));
    assert.match(error.message, new RegExp(`^There is no space left in ${tmpdir()} \\(\\d+ MiB free\\)`));
    return true;
  });
});

test('a write of our own', async () => {
  const work = () => writeFile('/dev/full', 'x');
  await assert.rejects(noticingFullDisks(['/dev'], work), (error) => deployErrors.is(error, 'full'));
});

test('other failures stay what they are; what works gives its result', async () => {
  const failure = new Error('something else');
  await assert.rejects(
    noticingFullDisks([tmpdir()], () => Promise.reject(failure)),
    failure,
  );
  assert.equal(await noticingFullDisks([tmpdir()], async () => 7), 7);
});
