// The folder of releases: what is found, what is left out and why, and that changes are seen.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CatalogFolder } from '../../src/coreupdate/catalog.ts';
import { releaseFolder } from './folder.ts';

test('releases of keelson and payloads of update_engine', async () => {
  await using made = await releaseFolder();
  await made.release('keelson_1.2.3.release', '1.2.3', {
    minimumVersion: '1.0.0',
    downgradeFrom: ['1.3.0'],
    expires: '2030-01-02T03:04:05Z',
  });
  await made.payload('arm64-usr/1967.3.0');
  await made.payload('other', 'CrAU two');
  await made.put('other/update.json', '{"version": "5.0.0", "architecture": "amd64"}');
  await made.put('.incoming/9.9.9/update.gz', 'CrAU');
  await made.put('notes/readme.txt', 'x');
  const catalog = await new CatalogFolder(made.folder).refresh();
  assert.deepEqual(catalog.problems, []);
  assert.deepEqual(
    catalog.releases.map(({ path, kind, version, architecture }) => [path, kind, version, architecture]),
    [
      ['arm64-usr/1967.3.0', 'crau', '1967.3.0', 'arm64'],
      ['keelson_1.2.3.release', 'release', '1.2.3', 'amd64'],
      ['other', 'crau', '5.0.0', 'amd64'],
    ],
  );
  const [payload, own] = catalog.releases;
  const manifest = await readFile(join(made.folder, 'keelson_1.2.3.release/manifest.json'));
  assert.deepEqual(own?.file, {
    ...{ name: 'manifest.json', bytes: manifest.length },
    sha256: createHash('sha256').update(manifest).digest('base64'),
    sha1: createHash('sha1').update(manifest).digest('base64'),
  });
  assert.equal(own?.expires, Date.UTC(2030, 0, 2, 3, 4, 5));
  assert.equal(own?.minimumVersion, '1.0.0');
  assert.deepEqual(own?.downgradeFrom, ['1.3.0']);
  assert.equal(payload?.file.sha256, createHash('sha256').update('CrAU payload').digest('base64'));
  assert.deepEqual([...catalog.channels.keys()], ['*']);
});

test("a nightly of Flatcar's, by its name", async () => {
  await using made = await releaseFolder();
  const version = '4012.0.0+nightly-20240701-2100';
  await made.payload(`amd64-usr/${version}`);
  await made.channels({
    nightly: version,
    stable: { version, floors: { '3975.2.0+nightly-20240601-2100': '' } },
  });
  const catalog = await new CatalogFolder(made.folder).refresh();
  assert.deepEqual(catalog.problems, []);
  assert.deepEqual(
    catalog.releases.map((release) => [release.version, release.architecture]),
    [[version, 'amd64']],
  );
});

test('what is broken is named and left out', async () => {
  await using made = await releaseFolder();
  await made.release('good', '1.0.0');
  await made.release('twice', '1.0.0');
  await made.release('unsigned', '1.1.0', {}, false);
  await made.release('short', '1.2.0');
  await made.put('short/usr.squashfs', 'x');
  await made.release('half', '1.3.0');
  await rm(join(made.folder, 'half/keelson.efi'));
  await made.put('junk/manifest.json', 'junk');
  await made.put('large/manifest.json', Buffer.alloc(200_000, ' '));
  await made.payload('no-version!');
  await made.payload('amd64-usr/1.0', 'gzip, not CrAU');
  await made.payload('amd64-usr/2.0');
  await made.put('amd64-usr/2.0/update.json', `{"sha256": "${'0'.repeat(64)}"}`);
  await made.payload('amd64-usr/3.0');
  await made.put('amd64-usr/3.0/update.json', '{');
  const { releases, problems } = await new CatalogFolder(made.folder).refresh();
  assert.deepEqual(
    releases.map(({ path }) => path),
    ['good'],
  );
  const expected = [
    /^amd64-usr\/1\.0 is left out: update\.gz is no payload/,
    /^amd64-usr\/2\.0 is left out: update\.gz has another SHA-256/,
    /^amd64-usr\/3\.0 is left out: update\.json:/,
    /^half is left out: keelson\.efi is missing/,
    /^junk is left out: junk\/manifest\.json is no manifest/,
    /^large is left out: .*200000 bytes/,
    /^no-version! is left out: update\.json gives no version/,
    /^short is left out: usr\.squashfs has 1 bytes; its manifest says 4096/,
    /^twice is left out: good is 1\.0\.0 for amd64 too/,
    /^unsigned is left out: it is not signed/,
  ];
  assert.equal(problems.length, expected.length, problems.join('\n'));
  for (const [i, pattern] of expected.entries()) assert.match(problems[i] ?? '', pattern);
  const all = await new CatalogFolder(made.folder, { allowUnsigned: true }).refresh();
  assert.deepEqual(
    all.releases.map(({ path }) => path),
    ['good', 'unsigned'],
  );
});

test('a folder is for the system, or for one extension', async () => {
  await using made = await releaseFolder();
  const extension = (name: string) => ({ kind: 'extension', name, uki: undefined });
  await made.release('more', '1.0.0', extension('more'));
  await made.release('tools', '1.0.0', extension('tools'));
  const paths = async () => {
    const { releases, problems } = await new CatalogFolder(made.folder).refresh();
    return { releases: releases.map(({ path }) => path), problems };
  };
  assert.deepEqual(await paths(), {
    releases: ['more'],
    problems: ['tools is left out: it is of the extension tools, and this folder is for more.'],
  });
  await made.release('system', '1.0.0');
  const { releases, problems } = await paths();
  assert.deepEqual(releases, ['system']);
  assert.equal(problems.length, 2);
  assert.match(problems[0] ?? '', /more is left out: .* for a whole system/);
});

test('a channel whose release is not there is told', async () => {
  await using made = await releaseFolder();
  await made.release('a', '1.0.0');
  await made.channels({ stable: '1.0.0', beta: '2.0.0' });
  const { problems } = await new CatalogFolder(made.folder).refresh();
  assert.deepEqual(problems, ['Channel "beta" is at 2.0.0, of which there is no usable release.']);
});

test('channels.json that cannot be read offers nothing', async () => {
  await using made = await releaseFolder();
  await made.release('a', '1.0.0');
  await made.put('channels.json/x', 'a folder');
  const { channels, problems } = await new CatalogFolder(made.folder).refresh();
  assert.equal(channels.size, 0);
  assert.match(problems[0] ?? '', /EISDIR.*Nothing is offered/);
});

test('a change is seen a second later, and not before', async () => {
  await using made = await releaseFolder();
  const clock = { now: 0 };
  const catalog = new CatalogFolder(made.folder, { now: () => clock.now });
  assert.equal((await catalog.recent()).releases.length, 0);
  await made.release('.copying', '1.0.0');
  await rename(join(made.folder, '.copying'), join(made.folder, '1.0.0'));
  assert.equal((await catalog.recent()).releases.length, 0);
  clock.now = 1000;
  assert.equal((await catalog.recent()).releases.length, 1);
  await rm(join(made.folder, '1.0.0'), { recursive: true });
  clock.now = 2000;
  assert.equal((await catalog.recent()).releases.length, 0);
});

test('a folder that goes away leaves what was known', async () => {
  const made = await releaseFolder();
  await made.release('a', '1.0.0');
  const clock = { now: 0 };
  const catalog = new CatalogFolder(made.folder, { now: () => clock.now });
  await catalog.recent();
  await made[Symbol.asyncDispose]();
  clock.now = 5000;
  assert.equal((await catalog.recent()).releases.length, 1);
  await assert.rejects(catalog.refresh(), { code: 'coreupdate.absent' });
});
