// What is built once and kept.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cacheDirectory, provide } from '../../src/host/index.ts';

test('the cache is where it is told to be', () => {
  assert.equal(cacheDirectory({ KEELSON_CACHE: '/srv/cache', XDG_CACHE_HOME: '/x' }), '/srv/cache');
  const elsewhere = cacheDirectory({ XDG_CACHE_HOME: '/x' });
  assert.equal(elsewhere, process.getuid?.() === 0 ? '/var/cache/keelson' : '/x/keelson');
});

test('what was built is not built again, and what was not finished is not taken for whole', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'host-cache-'));
  try {
    let built = 0;
    const build = async (target: string) => {
      built++;
      await writeFile(target, 'whole');
    };
    const fails = provide(
      cache,
      'x',
      () => {},
      async (target) => {
        await writeFile(target, 'half');
        throw new Error('no space');
      },
    );
    await assert.rejects(fails, { code: 'host.cache.build', message: /no space/ });
    assert.deepEqual(await readdir(cache), ['x.lock']);
    await writeFile(join(cache, 'x.building-00'), 'half');
    await Promise.all([provide(cache, 'x', () => {}, build), provide(cache, 'x', () => {}, build)]);
    assert.equal(built, 1);
    assert.deepEqual((await readdir(cache)).sort(), ['x', 'x.lock']);
  } finally {
    await rm(cache, { recursive: true });
  }
});
