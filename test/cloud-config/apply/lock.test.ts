// Two runs never interleave, and a dead one holds nobody up.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { acquireLock } from '../../../src/cloud-config/apply/lock.ts';

test('one holder at a time; a stale lock is taken over', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cloud-config-'));
  try {
    const path = join(folder, 'lock');
    for (let round = 0; round < 10; round++) {
      await writeFile(path, '1 0\n');
      let inside = 0;
      await Promise.all(
        Array.from({ length: 5 }, async () => {
          await using _lock = await acquireLock(path, 60_000);
          assert.equal(++inside, 1);
          await new Promise((resolve) => setTimeout(resolve, 5));
          inside--;
        }),
      );
    }
    const held = await acquireLock(path, 0);
    await assert.rejects(acquireLock(path, 150), /Another run \(process \d+\) is still applying/);
    await held[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(folder), []);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
