// Payloads of update_engine: the good ones come out as they went in, the bad ones are refused by the right code with
// nothing written.

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isInstalled } from '../../../src/host/index.ts';
import { type ApplyOptions, applyCrau } from '../../../src/update/payload/crau/apply.ts';
import { parseCrauKey } from '../../../src/update/payload/crau/verify.ts';
import { fieldsOf } from '../../../src/update/payload/crau/wire.ts';
import { payloadCodeOf } from '../../../src/update/payload/errors.ts';
import { bzip2, hole, makeCrau, message, type Recipe, rsa, uint } from './crau-maker.ts';
import { noise } from './noise.ts';

const skip = !isInstalled('bzip2') && 'bzip2 is not installed (apt-get install bzip2)';
const block = 4096;
const image = Buffer.concat([
  noise(3 * block, 'image'),
  Buffer.alloc(2 * block, 'text '),
  noise(block, 'end'),
]);
const kernel = noise(block + 100, 'kernel');
const sentinel = Buffer.alloc(8 * block, 0xee);
let folder = '';
const at = (name: string) => join(folder, name);
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-crau-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** The image by three operations, out of order on the disk and with a hole, and a kernel that ends inside a block. */
const recipe: Recipe = {
  operations: [
    {
      blob: Buffer.concat([image.subarray(5 * block), Buffer.alloc(block)]),
      extents: [
        [5, 1],
        [hole, 1],
      ],
    },
    {
      blob: image.subarray(0, 2 * block),
      extents: [
        [0, 1],
        [1, 1],
      ],
    },
    { blob: image.subarray(2 * block, 5 * block), extents: [[2, 3]] },
  ],
  partition: image,
  kernel: { operations: [{ blob: kernel, extents: [[0, 2]] }], result: kernel },
};

async function apply(payload: Buffer, more: Partial<ApplyOptions> = {}): Promise<void> {
  await writeFile(at('payload'), payload);
  await writeFile(at('slot'), sentinel);
  await rm(at('kernel'), { force: true });
  const keys = [rsa.publicKey];
  await applyCrau({ payload: at('payload'), keys, partition: at('slot'), kernel: at('kernel'), ...more });
}

/** It is refused by that code, and the slot is as it was. */
async function refused(payload: Buffer, code: number | readonly number[], more: Partial<ApplyOptions> = {}) {
  await assert.rejects(apply(payload, more), (error) => {
    const codes = typeof code === 'number' ? [code] : code;
    assert.ok(codes.includes(payloadCodeOf(error)), `${payloadCodeOf(error)}, expected ${codes}: ${error}`);
    return true;
  });
  assert.ok((await readFile(at('slot'))).equals(sentinel), 'the slot is as it was');
}

describe('a full payload', () => {
  test('comes out as it went in; a hole is no block', async () => {
    await apply(makeCrau(recipe));
    assert.ok((await readFile(at('slot'))).equals(image));
    assert.ok((await readFile(at('kernel'))).equals(kernel));
  });

  test('compressed by bzip2', { skip }, async () => {
    const text = image.subarray(3 * block, 5 * block);
    const operations = [
      { blob: image.subarray(0, 3 * block), extents: [[0, 3]] as const },
      { type: 1, blob: bzip2(text), extents: [[3, 2]] as const },
      { type: 1, blob: bzip2(image.subarray(5 * block)), extents: [[5, 1]] as const },
    ];
    await apply(makeCrau({ operations, partition: image }));
    assert.ok((await readFile(at('slot'))).equals(image));
  });

  test('with several signatures: the one of version 2 counts', async () => {
    await apply(makeCrau({ ...recipe, signatures: [1, 2] }));
    await refused(makeCrau({ ...recipe, signatures: [1] }), 17);
  });

  test('that is announced by length and hash', async () => {
    const payload = makeCrau(recipe);
    const digest = createHash('sha256').update(payload).digest();
    for (const encoding of ['base64', 'hex'] as const) {
      await apply(payload, { expected: { bytes: payload.length, sha256: digest.toString(encoding) } });
    }
    await refused(payload, 11, { expected: { bytes: payload.length + 1 } });
    await refused(payload, 10, { expected: { sha256: Buffer.alloc(32).toString('base64') } });
  });
});

describe('refused', () => {
  const [first, ...others] = recipe.operations;
  const withFirst = (change: object): Recipe => ({
    ...recipe,
    operations: [...(first === undefined ? [] : [{ ...first, ...change }]), ...others],
  });
  const cases: readonly [string, Recipe, number][] = [
    ['unsigned', { ...recipe, signatures: [] }, 17],
    ['of another version', { ...recipe, version: 2n }, 21],
    ['of other blocks', { ...recipe, blockBytes: 512 }, 23],
    ['that does not say what it makes', { ...recipe, partition: null }, 12],
    ['whose kernel is not told', { ...recipe, kernel: { operations: [], result: null } }, 12],
    ['with a blob without hash', withFirst({ hash: null }), 38],
    ['with a blob of another hash', withFirst({ hash: Buffer.alloc(32) }), 29],
    ['with MOVE', withFirst({ type: 2 }), 28],
    ['with BSDIFF', withFirst({ type: 3 }), 28],
    ['with a step that nobody knows', withFirst({ type: 9 }), 28],
    ['with a gap in front of a blob', withFirst({ offset: 1 }), 28],
    ['with a gap in front of the signature', { ...recipe, signaturesShift: 1 }, 28],
    ['that writes behind its own end', withFirst({ extents: [[6, 2]] }), 28],
    ['that writes behind all disks', withFirst({ extents: [[2 ** 40, 2]] }), 28],
    ['that writes nowhere', withFirst({ extents: [] }), 28],
    ['that writes more than numbers hold', withFirst({ extents: [[0, 2 ** 52]] }), 28],
    ['with more bytes than blocks', withFirst({ extents: [[5, 1]] }), 28],
  ];
  for (const [name, one, code] of cases) test(name, () => refused(makeCrau(one), code));

  test('for the first of several faults: size, hash, what it makes, signature there, signature good', async () => {
    const { publicKey: other } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const sha256 = Buffer.alloc(32).toString('base64');
    const nothing = { ...recipe, partition: null, signatures: [] };
    const payload = makeCrau(nothing);
    await refused(payload, 11, { expected: { bytes: payload.length + 1, sha256 } });
    await refused(payload, 10, { expected: { bytes: payload.length, sha256 } });
    await refused(payload, 12);
    await refused(makeCrau({ ...recipe, signatures: [] }), 17, { keys: [other] });
    await refused(makeCrau(recipe), 18, { keys: [other] });
    // What an operation gets wrong comes before all of them.
    await refused(makeCrau({ ...nothing, operations: withFirst({ hash: null }).operations }), 38, {
      expected: { bytes: 1, sha256 },
    });
  });

  test('what is named is in the message', async () => {
    await assert.rejects(
      apply(makeCrau(withFirst({ type: 3 }))),
      /Operation 0 of the partition is of BSDIFF/,
    );
    await assert.rejects(apply(makeCrau(withFirst({ type: 9 }))), /type 9, which is none/);
  });

  test('what is not bzip2, is cut, or is more than its blocks', { skip }, async () => {
    const one = (blob: Buffer) => {
      const operations = [{ type: 1, blob, extents: [[0, 6]] as const }];
      return makeCrau({ operations, partition: image });
    };
    await apply(one(bzip2(image)));
    await refused(one(noise(500, 'junk')), 28);
    await refused(one(bzip2(image).subarray(0, 5000)), 28);
    await refused(one(bzip2(Buffer.concat([image, Buffer.alloc(1)]))), 28);
    await refused(one(bzip2(Buffer.alloc(50_000_000))), 28);
  });

  test('by another key, by none, by a key that is none', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    await refused(makeCrau(recipe), 18, { keys: [other] });
    await refused(makeCrau(recipe), 18, { keys: [] });
    await apply(makeCrau(recipe), { keys: [other, rsa.publicKey] });
    assert.throws(() => parseCrauKey('junk', '/k.pem'), /\/k\.pem holds no RSA public key/);
  });

  test('a target that cannot be opened', async () => {
    await refused(makeCrau(recipe), 7, { partition: at('none/slot') });
  });

  test('what does not become what was signed', async () => {
    const error = await apply(makeCrau({ ...recipe, partition: noise(image.length, 'other') })).catch(
      (one) => one,
    );
    assert.equal(payloadCodeOf(error), 15);
    assert.match(String(error), /has the SHA-256 [0-9a-f]{64} in the end/);
  });
});

describe('any harm done to it', () => {
  // Small, so that each byte has its turn: one block.
  const small = makeCrau({
    operations: [{ blob: noise(300, 's'), extents: [[0, 1]] }],
    partition: Buffer.alloc(300),
  });

  test('cut at any byte: too short, or no payload at all', async () => {
    for (let length = 0; length < small.length; length++) await refused(small.subarray(0, length), [11]);
    await refused(Buffer.concat([small, Buffer.from('x')]), 11);
  });

  test('a bit flipped in any byte', async () => {
    const codes = new Set<number>();
    for (let byte = 0; byte < small.length; byte++) {
      const flipped = Buffer.from(small);
      flipped.writeUInt8(flipped.readUInt8(byte) ^ (1 << (byte % 8)), byte);
      await assert.rejects(apply(flipped), (error) => {
        codes.add(payloadCodeOf(error));
        return true;
      });
      assert.ok((await readFile(at('slot'))).equals(sentinel), `byte ${byte}`);
    }
    const known = new Set([10, 11, 12, 17, 18, 21, 23, 24, 28, 29, 32, 38]);
    assert.deepEqual(
      [...codes].filter((code) => !known.has(code)),
      [],
    );
    for (const code of [11, 18, 21, 23, 28, 29, 32])
      assert.ok(codes.has(code), `${code} is among ${[...codes]}`);
  });

  test('lengths beyond all measure', async () => {
    const header = (length: bigint) => {
      const bytes = Buffer.from(small);
      bytes.writeBigUInt64BE(length, 12);
      return bytes;
    };
    await refused(header(2n ** 64n - 1n), 32);
    await refused(header(17n * 1024n * 1024n), 32);
    await refused(header(16n * 1024n * 1024n), 11);
    await refused(header(0n), 11);
  });
});

describe('the wire', () => {
  test('numbers, bytes and what is passed over', () => {
    const fields = [...fieldsOf(Buffer.concat([uint(1, 2n ** 64n - 1n), message(2, Buffer.from('a'))]))];
    assert.deepEqual(
      fields.map(({ number, value, bytes }) => [number, value ?? bytes?.toString()]),
      [
        [1, 2n ** 64n - 1n],
        [2, 'a'],
      ],
    );
    const fixed = Buffer.from([0x0d, 1, 2, 3, 4, 0x11, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual(
      [...fieldsOf(fixed)].map(({ number, bytes }) => [number, bytes?.length]),
      [
        [1, 4],
        [2, 8],
      ],
    );
  });

  test('what is no message', () => {
    const bad = (bytes: number[], words: RegExp) =>
      assert.throws(() => [...fieldsOf(Buffer.from(bytes))], words);
    bad([0x80], /a number that does not end at offset 0/);
    bad(Array(12).fill(0xff), /more than ten bytes/);
    bad([0x0a, 0x05, 1], /a field of 5 bytes/);
    bad([0x0b], /a field of kind 3/);
    bad([0x02, 0x00], /the number 0/);
  });
});
