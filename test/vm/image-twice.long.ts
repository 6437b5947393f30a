// The whole image built twice, each time from the packages on, in another folder and with another folder for what is
// temporary: the same bytes.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { buildImage, compareListings, imageFormats, listTree } from '../../src/deploy/index.ts';
import { hashFile, homeDirectory } from '../../src/host/index.ts';
import { buildPackage } from '../../src/machine/index.ts';

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** Builds with a cache of its own, and a TMPDIR. */
async function build(name: string) {
  // Not below TMPDIR, which may be too long for the layers of a tree.
  const folder = await mkdtemp(`/var/tmp/keelson-image-${name}-`);
  folders.push(folder);
  const cache = join(folder, 'cache');
  const before = process.env.TMPDIR;
  process.env.TMPDIR = join(folder, `tmp-${name}`);
  await mkdir(process.env.TMPDIR);
  try {
    const built = await buildImage({
      keelson: await buildPackage({ home: homeDirectory() }),
      ...{ formats: imageFormats, compression: 'fast', output: join(folder, `out-${name}`), cache },
      onStep: (text) => console.log(`${name}: ${text}`),
    });
    return { built, cache };
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

/** The hash of every file of what was made, by its name. */
async function hashes({ built }: Awaited<ReturnType<typeof build>>): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { path, sha256, format } of built.artifacts) {
    if (sha256 !== undefined) found[format] = sha256;
    else
      for (const name of await readdir(path)) found[`${format}/${name}`] = await hashFile(join(path, name));
  }
  return found;
}

test('an image built twice is the same in every byte', async () => {
  const one = await build('one');
  const two = await build('another-place');
  const usr = async ({ cache }: { readonly cache: string }) => {
    const entry = (await readdir(cache)).find((name) => /^usr-[0-9a-f]+$/.test(name)) ?? '';
    return await listTree(join(cache, entry, 'usr'));
  };
  // First where they differ: hashes alone would not say.
  assert.deepEqual(compareListings(await usr(one), await usr(two)), []);
  assert.deepEqual(await hashes(one), await hashes(two));
});
