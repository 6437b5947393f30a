// manifest.json: what is read, and what is refused with the place in it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { diskErrors, maxManifestBytes, parseManifest } from '../../../src/disk/index.ts';

const digits = 'ab'.repeat(32);
const sound = {
  format: 1,
  name: 'keelson',
  version: '0.2.0',
  architecture: 'amd64',
  usr: {
    file: 'usr.squashfs',
    bytes: 8192,
    sha256: digits,
    chunks: { file: 'usr.squashfs.chunks', bytes: 60, sha256: digits },
  },
  verity: {
    file: 'usr.verity',
    bytes: 8192,
    sha256: digits,
    rootHash: digits,
    salt: digits,
    uuid: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
  },
  uki: { file: 'keelson.efi', bytes: 1000, sha256: digits },
};

const parse = (change: object = {}) => parseManifest(JSON.stringify({ ...sound, ...change }), 'M');

const refused = (text: string, message: RegExp) =>
  assert.throws(
    () => parseManifest(text, '/r/manifest.json'),
    (error) => {
      assert.ok(diskErrors.is(error, 'damaged'));
      assert.match(error.message, message);
      assert.match(error.message, /^\/r\/manifest\.json is no manifest of a release: /);
      return true;
    },
  );

describe('what is read', () => {
  test('a manifest without rules', () => assert.deepEqual(parse(), sound));

  test('rules: a time, a version, a list of versions', () => {
    const rules = { expires: '2027-01-31T00:00:00Z', minimumVersion: '0.1.0', downgradeFrom: ['0.3.0'] };
    const { expires, minimumVersion, downgradeFrom } = parse(rules);
    assert.equal(expires, Date.UTC(2027, 0, 31));
    assert.deepEqual([minimumVersion, downgradeFrom], ['0.1.0', ['0.3.0']]);
  });

  test('an extension, which has a name of its own and no UKI', () => {
    const { uki: _, ...rest } = sound;
    const extension = { ...rest, kind: 'extension', name: 'tools' };
    assert.deepEqual(parseManifest(JSON.stringify(extension), 'M'), extension);
  });

  test('what a later version adds is passed over', () => {
    assert.deepEqual(parse({ colour: 'green' }), sound);
  });
});

describe('what is refused', () => {
  const cases: readonly [string, object, RegExp][] = [
    ['another format', { format: 2 }, /format is 2, expected 1/],
    ['another kind', { kind: 'app' }, /kind is "app", expected "extension" or nothing/],
    [
      'an extension without a name',
      { kind: 'extension', name: '../x' },
      /name is "..\/x", expected the name of/,
    ],
    [
      'an extension that is an image',
      { kind: 'extension', name: 'x.raw' },
      /name is "x.raw", expected the name of/,
    ],
    [
      'an extension with a UKI',
      { kind: 'extension', name: 'tools' },
      /uki is there, and an extension starts nothing/,
    ],
    ['another system', { name: 'other' }, /name is "other"/],
    ['a version that ends a boot entry’s name', { version: '1_2' }, /version is "1_2"/],
    ['a path', { uki: { ...sound.uki, file: '../keelson.efi' } }, /uki\.file is "\.\.\/keelson\.efi"/],
    ['a hidden file', { uki: { ...sound.uki, file: '.efi' } }, /uki\.file/],
    ['a size below one', { uki: { ...sound.uki, bytes: 0 } }, /uki\.bytes is 0/],
    ['a size beyond numbers', { uki: { ...sound.uki, bytes: 2 ** 60 } }, /uki\.bytes/],
    ['half a block', { usr: { ...sound.usr, bytes: 5000 } }, /multiple of 4096/],
    ['a hash in capitals', { uki: { ...sound.uki, sha256: 'AB'.repeat(32) } }, /uki\.sha256/],
    ['one file twice', { uki: { ...sound.uki, file: 'usr.verity' } }, /usr\.verity is named twice/],
    [
      'a file that is also an index',
      { usr: { ...sound.usr, chunks: { ...sound.usr.chunks, file: 'keelson.efi' } } },
      /keelson\.efi is named twice/,
    ],
    ['a broken index', { usr: { ...sound.usr, chunks: 7 } }, /usr\.chunks is no object/],
    ['a time without zone', { expires: '2027-01-31' }, /expires is "2027-01-31", expected a time/],
    ['a time that is none', { expires: '2027-13-31T00:00:00Z' }, /expires/],
    ['no list', { downgradeFrom: '0.3.0' }, /downgradeFrom/],
    ['no versions', { downgradeFrom: ['/etc'] }, /downgradeFrom/],
    ['no version', { minimumVersion: 3 }, /minimumVersion is 3/],
  ];
  for (const [name, change, message] of cases) {
    test(name, () => refused(JSON.stringify({ ...sound, ...change }), message));
  }

  test('what is no JSON, by line and column', () => {
    refused('{\n  "format": x1\n}', /line 2, column 13: Unexpected token 'x'/);
    refused('{"format": 1,\n}', /line 2, column 1: Expected double-quoted property name/);
    refused('{"format": 1', /line 1, column 13: /);
    refused('', /line 1, column 1: Unexpected end/);
    refused('{} {}', /line 1, column 4: /);
  });

  test('more than anybody would write', () => {
    refused(`{"format": 1${' '.repeat(maxManifestBytes)}}`, /more than 65536 characters/);
  });
});
