// Keys and signatures of releases: who is trusted, and what is said about who is not.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  checkSignatures,
  diskErrors,
  keyId,
  newKeyPair,
  parseManifest,
  parsePrivateKey,
  parsePublicKey,
  parseSignatures,
  readTrustedKeys,
  signRelease,
  verifySignature,
} from '../../../src/disk/index.ts';
import { formatSignatures, signManifest } from '../../../src/disk/release/signature.ts';

const manifest = Buffer.from('{"format": 1}\n');
const pair = () => {
  const { privatePem, publicPem, id } = newKeyPair();
  return {
    id,
    pem: publicPem,
    secret: parsePrivateKey(privatePem, 'k'),
    trusted: parsePublicKey(publicPem, 'p'),
  };
};
const [one, two, stranger] = [pair(), pair(), pair()];
const now = Date.UTC(2026, 10, 22);

const check = (
  signatures: ReturnType<typeof signManifest>,
  keys = [one.trusted, two.trusted],
  threshold = 1,
) => checkSignatures({ manifest, signatures, keys, threshold, nowMs: now });

describe('signatures', () => {
  test('of a trusted key count, also beside those of strangers', () => {
    const signatures = signManifest(manifest, one.secret, signManifest(manifest, stranger.secret));
    assert.deepEqual(check(signatures).signedBy, [one.id]);
    assert.equal(check(signatures).fault, undefined);
  });

  test('of strangers alone do not, and everybody is named', () => {
    const verdict = check(signManifest(manifest, stranger.secret));
    assert.equal(verdict.fault, 'unsigned');
    assert.ok(verdict.reason.includes(`not trusted here: ${stranger.id}`));
    assert.ok(verdict.reason.includes(`trusted: ${one.id}, ${two.id}`));
  });

  test('none at all, and nobody trusted', () => {
    assert.match(check([]).reason, /it has no signature/);
    assert.match(check(signManifest(manifest, one.secret), []).reason, /trusted: none/);
    assert.equal(check(signManifest(manifest, one.secret), []).fault, 'unsigned');
  });

  test('that do not fit spoil all, whichever bit was changed', () => {
    for (const bit of [0, 7, 255, 511]) {
      const [signature] = signManifest(manifest, one.secret);
      assert.ok(signature !== undefined);
      const value = Buffer.from(signature.value);
      value.writeUInt8(value.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const verdict = check([{ ...signature, value }, ...signManifest(manifest, two.secret)]);
      assert.equal(verdict.fault, 'wrong');
      assert.deepEqual(verdict.signedBy, []);
      assert.ok(verdict.reason.includes(one.id));
    }
  });

  test('one key twice is one key', () => {
    const [signature] = signManifest(manifest, one.secret);
    assert.ok(signature !== undefined);
    const verdict = check([signature, signature], undefined, 2);
    assert.equal(verdict.fault, 'unsigned');
    assert.match(verdict.reason, /1 of the 2 keys that it takes/);
    assert.equal(check(signManifest(manifest, two.secret, [signature]), undefined, 2).fault, undefined);
  });

  test('of a retired key count until that day', () => {
    const retired = (time: string) => parsePublicKey(`Retired: ${time}\n${one.pem}`, '/k/one.pem');
    const signatures = signManifest(manifest, one.secret);
    assert.equal(check(signatures, [retired('2026-11-23T00:00:00Z')]).fault, undefined);
    const verdict = check(signatures, [retired('2026-11-22T00:00:00Z')]);
    assert.equal(verdict.fault, 'unsigned');
    assert.ok(verdict.reason.includes(`${one.id} (retired 2026-11-22, /k/one.pem)`));
  });

  test('are read back as they were written; anything else is told', () => {
    const signatures = signManifest(manifest, one.secret);
    assert.deepEqual(parseSignatures(formatSignatures(signatures), 'S'), signatures);
    const bad = (text: string, message: RegExp) => assert.throws(() => parseSignatures(text, 'S'), message);
    bad('', /no JSON/);
    bad('null', /format is not 1/);
    bad('{"format": 1, "signatures": {}}', /signatures is no list/);
    bad('{"format": 1, "signatures": [null]}', /signatures\[0\]\.key/);
    bad(`{"format": 1, "signatures": [{"key": "${one.id}", "ed25519": "AAAA"}]}`, /signatures\[0\]\.ed25519/);
    bad(`{"format": 1, "signatures": [${Array(33).fill('{}').join()}]}`, /up to 32/);
    bad(' '.repeat(20_000), /more than/);
  });
});

describe('keys', () => {
  let folder = '';
  const [vendor, own] = [() => join(folder, 'vendor'), () => join(folder, 'own')];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keelson-keys-'));
    await mkdir(vendor());
    await mkdir(own());
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const put = (where: string, name: string, text: string) => writeFile(join(where, name), text);
  const trusted = async () =>
    (await readTrustedKeys([vendor(), own(), join(folder, 'none')])).map(({ id }) => id);

  test('of both folders are trusted; a machine’s own file hides the one that the image brings', async () => {
    await put(vendor(), '1.pem', one.pem);
    await put(vendor(), '2.pem', two.pem);
    await put(vendor(), 'README', 'no key');
    assert.deepEqual(await trusted(), [one.id, two.id]);
    await put(own(), '1.pem', stranger.pem);
    assert.deepEqual((await trusted()).sort(), [stranger.id, two.id].sort());
    await put(own(), '2.pem', '');
    assert.deepEqual(await trusted(), [stranger.id]);
  });

  test('that cannot be used are told and trusted for nothing', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    await put(own(), '3.pem', rsa.export({ type: 'spki', format: 'pem' }).toString());
    await put(own(), '4.pem', 'junk');
    await put(own(), '5.pem', newKeyPair().privatePem);
    await put(own(), '6.pem', `Retired: soon\n${two.pem}`);
    const problems: string[] = [];
    const keys = await readTrustedKeys([own()], (sentence) => problems.push(sentence));
    assert.deepEqual(
      keys.map(({ id }) => id),
      [stranger.id],
    );
    assert.deepEqual(
      problems.map((problem) => /(\d)\.pem/.exec(problem)?.[1]),
      ['3', '4', '5', '6'],
    );
    assert.match(problems[0] ?? '', /a key for rsa, expected Ed25519/);
    assert.match(problems[2] ?? '', /private key/);
    assert.match(problems[3] ?? '', /retired at “soon”/);
  });

  test('in two files, retired in one, are retired', async () => {
    const twice = join(folder, 'twice');
    await mkdir(twice);
    await put(twice, 'a.pem', one.pem);
    await put(twice, 'b.pem', `Retired: 2026-01-01T00:00:00Z\n${one.pem}`);
    await put(twice, 'c.pem', one.pem);
    const keys = await readTrustedKeys([twice]);
    assert.deepEqual(
      keys.map(({ retired }) => retired),
      [Date.UTC(2026, 0, 1)],
    );
  });

  test('have the name that the first 16 digits of the hash of their 32 bytes give', () => {
    const known = parsePrivateKey(
      // The first test vector of RFC 8032.
      '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n',
      'k',
    );
    assert.equal(keyId(known), '21fe31dfa154a261');
  });
});

describe('a folder', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keelson-signed-'));
    const file = { file: 'a', bytes: 4096, sha256: 'ab'.repeat(32) };
    const uuid = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
    const verity = { ...file, file: 'b', rootHash: file.sha256, salt: file.sha256, uuid };
    const text = { format: 1, name: 'keelson', version: '1', architecture: 'amd64', usr: file, verity };
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...text, uki: { ...file, file: 'c' } }));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const keys = [one.trusted, two.trusted];

  test('is signed by one, then by another, and checked against what is in it', async () => {
    await assert.rejects(verifySignature(folder, keys, { nowMs: now }), (error) =>
      diskErrors.is(error, 'untrusted'),
    );
    await signRelease(folder, one.secret);
    assert.deepEqual(await verifySignature(folder, keys, { nowMs: now }), [one.id]);
    await signRelease(folder, two.secret);
    await signRelease(folder, two.secret);
    const both = await verifySignature(folder, keys, { nowMs: now, threshold: 2 });
    assert.deepEqual([...both].sort(), [one.id, two.id].sort());
  });

  test('openssl reads the signature and the key as well', async () => {
    const text = await readFile(join(folder, 'manifest.json.sig'), 'utf8');
    const signature = parseSignatures(text, 'S').find(({ key }) => key === one.id);
    await writeFile(join(folder, 'one.sig'), signature?.value ?? '');
    await writeFile(join(folder, 'one.pem'), one.pem);
    const at = (name: string) => join(folder, name);
    const argv = ['pkeyutl', '-verify', '-rawin', '-pubin', '-inkey', at('one.pem')];
    const said = execFileSync('openssl', [...argv, '-in', at('manifest.json'), '-sigfile', at('one.sig')]);
    assert.match(said.toString(), /Verified Successfully/);
  });

  test('with a rule that is new is another manifest, which who signed before has to sign again', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'keelson-rules-'));
    const path = join(copy, 'manifest.json');
    await writeFile(path, await readFile(join(folder, 'manifest.json')));
    await signRelease(copy, two.secret);
    await signRelease(copy, one.secret, { downgradeFrom: ['1.1'], expires: '2027-01-31T00:00:00Z' });
    assert.deepEqual(await verifySignature(copy, keys, { nowMs: now }), [one.id]);
    // What it says already changes nothing.
    await signRelease(copy, two.secret, { downgradeFrom: ['1.1'] });
    assert.equal((await verifySignature(copy, keys, { nowMs: now, threshold: 2 })).length, 2);
    await signRelease(copy, one.secret, { downgradeFrom: ['1.2'] });
    const { downgradeFrom, expires } = parseManifest(await readFile(path, 'utf8'), path);
    assert.deepEqual([downgradeFrom, expires], [['1.1', '1.2'], Date.UTC(2027, 0, 31)]);
    const before = await readFile(path);
    await assert.rejects(signRelease(copy, one.secret, { expires: 'tomorrow' }), /expires is "tomorrow"/);
    assert.deepEqual(await readFile(path), before, 'what cannot be said is not written');
    await rm(copy, { recursive: true });
  });

  test('with another manifest is no longer what was signed', async () => {
    const path = join(folder, 'manifest.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"1"', '"2"'));
    await assert.rejects(verifySignature(folder, keys, { nowMs: now }), /does not fit the manifest/);
  });
});
