// What later runs learn of earlier ones.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyManifest, nextManifest } from '../../../src/cloud-config/apply/manifest.ts';
import type { Applied, Outcome } from '../../../src/cloud-config/index.ts';
import { planOf } from '../planning.ts';

const commands = { bootId: 'b', done: [] };

const run = async (body: string, outcome: Outcome): Promise<Applied[]> =>
  (await planOf(body)).operations.map((operation) => ({ operation, outcome }));

test('what left the config stays known as unwanted; a failure keeps the earlier record; sources are apart', async () => {
  const two = await run('write_files: [{path: /a, content: x}, {path: /b}]', { result: 'done' });
  const first = nextManifest(emptyManifest, 'file:one', two, commands);
  const one = await run('write_files: [{path: /a, content: y}]', { result: 'failed', error: 'e' });
  const second = nextManifest(nextManifest(first, 'file:two', [], commands), 'file:one', one, commands);
  const files = (second.sources['file:one'] ?? []).filter(({ kind }) => kind === 'file');
  assert.deepEqual(
    files.map(({ name, wanted }) => [name, wanted]),
    [
      ['/a', true],
      ['/b', false],
    ],
  );
  assert.equal(files[0]?.sha256, '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881');
  assert.deepEqual(second.sources['file:two'], []);
});
