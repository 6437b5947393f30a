// Which version is newer, with systemd-analyze as the oracle; names of boot entries; systemd-boot's order.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareVersions, isVersion } from '../../../src/disk/index.ts';
import { compareEntries, nextEntry } from '../../../src/disk/slots/boot-choice.ts';
import { formatEntryName, parseEntryName } from '../../../src/disk/slots/entry-name.ts';
import { run } from '../../../src/host/index.ts';

const sign = (number: number) => Math.sign(number) || 0;

/** Newest last, as the specification lists them. */
const ascending = [
  '122.1',
  '123~rc1-1',
  '123',
  '123-a',
  '123-a.1',
  '123-1',
  '123-1.1',
  '123^post1',
  '123.a-1',
  '123.1-1',
  '123a-1',
  '124-1',
];

test('versions are ordered as the specification orders them', () => {
  for (const [index, older] of ascending.entries()) {
    for (const newer of ascending.slice(index + 1)) {
      assert.ok(compareVersions(older, newer) < 0, `${older} < ${newer}`);
      assert.ok(compareVersions(newer, older) > 0, `${newer} > ${older}`);
    }
  }
});

const analyze = await run('systemd-analyze', ['compare-versions', '1', '2'], { accept: 'any' }).then(
  ({ status }) => status === 12,
  () => false,
);

test('systemd-analyze compare-versions says the same', {
  skip: !analyze && 'systemd-analyze knows no compare-versions here',
}, async () => {
  const statuses: Readonly<Record<number, number>> = { 11: 1, 0: 0, 12: -1 };
  const version = fc.stringMatching(/^[0-9A-Za-z][0-9a-c.~^-]{0,7}$/);
  await fc.assert(
    fc.asyncProperty(version, version, async (a, b) => {
      const { status } = await run('systemd-analyze', ['compare-versions', a, b], { accept: [0, 11, 12] });
      assert.equal(sign(compareVersions(a, b)), statuses[status], `${a} and ${b}`);
    }),
    { numRuns: 150 },
  );
});

test('a version has nothing in it that a file name or a counter could mistake', () => {
  for (const good of ['1', '0.1.0', '4230.2.0-rc1', '1~beta', '20261122']) assert.ok(isVersion(good), good);
  for (const bad of ['', '+1', '1+3', '../1', '1/2', '1_2', '.1', '1 2', '1\n', 'x'.repeat(65)]) {
    assert.ok(!isVersion(bad), bad);
  }
});

test('names of entries', () => {
  assert.deepEqual(parseEntryName('keelson_1.2+3.efi'), { version: '1.2', left: 3, done: 0 });
  assert.deepEqual(parseEntryName('KEELSON_1.2+2-1.EFI'), { version: '1.2', left: 2, done: 1 });
  assert.deepEqual(parseEntryName('keelson_1.2-1.efi'), { version: '1.2-1', left: undefined, done: 0 });
  for (const none of [
    'keelson_1+3.part',
    'keelson_.efi',
    'other_1.efi',
    'keelson_1+.efi',
    'keelson_1+3-.efi',
    'keelson_1_2.efi',
  ]) {
    assert.equal(parseEntryName(none), undefined, none);
  }
  const version = fc.stringMatching(/^[0-9a-z][0-9a-z.~^-]{0,20}$/);
  const count = fc.integer({ min: 0, max: 999 });
  fc.assert(
    fc.property(version, fc.option(fc.tuple(count, count), { nil: undefined }), (text, counts) => {
      const name = { version: text, left: counts?.[0], done: counts?.[1] ?? 0 };
      assert.deepEqual(parseEntryName(formatEntryName(name)), name);
    }),
  );
});

test('the newest version boots that has tries left; without any, the newest', () => {
  const next = (...files: string[]) => {
    const entries = files.map((path) => ({
      path,
      ...(parseEntryName(path) ?? { version: '', left: undefined, done: 0 }),
    }));
    return nextEntry(entries)?.path;
  };
  assert.equal(next('keelson_1.efi', 'keelson_2+3.efi'), 'keelson_2+3.efi');
  assert.equal(next('keelson_1.efi', 'keelson_2+0-3.efi'), 'keelson_1.efi');
  assert.equal(next('keelson_10.efi', 'keelson_9+3.efi'), 'keelson_10.efi');
  assert.equal(next('keelson_1+0-3.efi', 'keelson_2+0-3.efi'), 'keelson_2+0-3.efi');
  assert.equal(next(), undefined);
  const entry = (left: number, done: number) => ({ path: 'x', version: '1', left, done });
  assert.ok(compareEntries(entry(3, 0), entry(2, 1)) < 0);
  assert.ok(compareEntries(entry(2, 0), entry(2, 1)) < 0);
});
