// Run by ../interrupted.test.ts: a test with a cluster of its own lifetime and one that outlives it. With
// KEELSON_TEST_HOLD it stays in the middle, to be killed there.

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster } from '../../../src/sandbox/index.ts';
import { temporaryFolder } from '../booted.ts';

test('two clusters come and go', async () => {
  const folder = await temporaryFolder();
  await using bound = await startCluster();
  process.env.KEELSON_SANDBOX_STATE = join(folder, 'state');
  process.env.KEELSON_SANDBOX_RUN = join(folder, 'run');
  const detached = await startCluster({ name: 'detached', lifetime: 'detached' });
  const notes = process.env.KEELSON_TEST_NOTES;
  if (notes !== undefined) await writeFile(notes, JSON.stringify({ folder, cluster: bound.name }));
  if (process.env.KEELSON_TEST_HOLD !== undefined) await sleep(600_000);
  await detached.down();
  delete process.env.KEELSON_SANDBOX_STATE;
  delete process.env.KEELSON_SANDBOX_RUN;
  await rm(folder, { recursive: true, force: true });
});
