// Chunks: cut by content, indexed, found again in another file, and what has to travel.

import assert from 'node:assert/strict';
import { createCipheriv, createHash } from 'node:crypto';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  compareFile,
  diskErrors,
  fetchRanges,
  formatVerity,
  indexFile,
  type Piece,
  parseChunkIndex,
  rangeBytes,
} from '../../../src/disk/index.ts';
import { chunksOf } from '../../../src/disk/release/chunker.ts';
import { likelyPlaces } from '../../../src/disk/release/difference.ts';
import { chunkLength, maxChunkBytes, minChunkBytes } from '../../../src/disk/release/gear.ts';
import { blockHasher, leavesOffset } from '../../../src/disk/release/tree-leaves.ts';

let folder = '';
const at = (name: string) => join(folder, name);
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-chunks-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Bytes that look random and are the same each time: AES in counter mode over zeroes. */
function noise(length: number, seed: string): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

const image = noise(8 * 1024 * 1024, 'image');

async function lengthsOf(bytes: Buffer): Promise<number[]> {
  await writeFile(at('cut'), bytes);
  await using file = await open(at('cut'), 'r');
  const lengths: number[] = [];
  for await (const { offset, length, bytes: own } of chunksOf(file, bytes.length)) {
    assert.deepEqual(own, bytes.subarray(offset, offset + length));
    lengths.push(length);
  }
  return lengths;
}

describe('cutting', () => {
  test('sizes are within their bounds, near the average, and all of the file', async () => {
    const lengths = await lengthsOf(image);
    assert.equal(
      lengths.reduce((sum, length) => sum + length, 0),
      image.length,
    );
    for (const length of lengths.slice(0, -1)) assert.ok(length >= minChunkBytes && length <= maxChunkBytes);
    const average = image.length / lengths.length;
    assert.ok(average > 16_000 && average < 28_000, `average ${average}`);
  });

  test('the places are those of the published table: they may never change', async () => {
    assert.deepEqual((await lengthsOf(image)).slice(0, 4), [18_141, 16_856, 24_872, 20_195]);
  });

  test('what has no places is cut at the largest size; what is small is one chunk; nothing is none', async () => {
    assert.deepEqual(await lengthsOf(Buffer.alloc(2 * maxChunkBytes + 5)), [maxChunkBytes, maxChunkBytes, 5]);
    assert.deepEqual(await lengthsOf(image.subarray(0, 100)), [100]);
    assert.deepEqual(await lengthsOf(Buffer.alloc(0)), []);
    assert.equal(chunkLength(image, 0, 1), 1);
  });

  test('an insertion moves the places behind it, and changes a few', async () => {
    const before = new Set((await digestsOf(image)).map(String));
    const inserted = Buffer.concat([
      image.subarray(0, 3_000_001),
      noise(777, 'more'),
      image.subarray(3_000_001),
    ]);
    const fresh = (await digestsOf(inserted)).filter((digest) => !before.has(digest));
    assert.ok(fresh.length >= 1 && fresh.length <= 4, `${fresh.length} new chunks`);
  });
});

async function digestsOf(bytes: Buffer): Promise<string[]> {
  await writeFile(at('digests'), bytes);
  const index = parseChunkIndex(await indexFile(at('digests')), bytes.length, 'I');
  return Array.from({ length: index.count }, (_, chunk) => index.digest(chunk).toString('hex'));
}

describe('the index', () => {
  test('has the hash of each chunk, and its length', async () => {
    await writeFile(at('image'), image);
    const index = parseChunkIndex(await indexFile(at('image')), image.length, 'I');
    for (let chunk = 0; chunk < index.count; chunk++) {
      const bytes = image.subarray(index.offset(chunk), index.offset(chunk + 1));
      assert.equal(bytes.length, index.length(chunk));
      assert.deepEqual(index.digest(chunk), createHash('sha256').update(bytes).digest());
    }
    assert.equal(index.offset(index.count), image.length);
  });

  test('that is cut short anywhere, or for another file, is refused with the offset', async () => {
    await writeFile(at('image'), image.subarray(0, 300_000));
    const good = await indexFile(at('image'));
    for (let length = 0; length < good.length; length++) {
      assert.throws(
        () => parseChunkIndex(good.subarray(0, length), 300_000, 'I'),
        /^CodedError: I is no index/,
      );
    }
    assert.throws(() => parseChunkIndex(good, 299_999, 'I'), /at offset 16 it is for 300000 bytes/);
    const changed = (offset: number, value: number) => {
      const bytes = Buffer.from(good);
      bytes.writeUInt32LE(value, offset);
      return () => parseChunkIndex(bytes, 300_000, 'I');
    };
    assert.throws(changed(0, 1), /offset 0/);
    assert.throws(changed(8, 2), /its version is 2/);
    assert.throws(changed(12, 0xffffffff), /names 4294967295 chunks/);
    assert.throws(changed(24, 0), /a chunk has 0 bytes/);
    assert.throws(changed(24, 0xffffffff), /a chunk has 4294967295 bytes/);
    assert.throws(changed(24, 1), (error) => diskErrors.is(error, 'damaged'));
  });
});

describe('what travels', () => {
  const compare = async (next: Buffer, old: Buffer, withTree: boolean) => {
    await writeFile(at('old'), old);
    await writeFile(at('next'), next);
    const salt = 'c0'.repeat(32);
    const uuid = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
    if (withTree) await formatVerity({ data: at('next'), tree: at('tree'), salt, uuid });
    const chunks = await compareFile({
      index: parseChunkIndex(await indexFile(at('next')), next.length, 'I'),
      sources: [{ path: at('old'), bytes: old.length }],
      ...(withTree ? { blocks: { tree: at('tree'), salt } } : {}),
    });
    const pieces = [...chunks];
    // Whatever was found: the pieces are all of the new file, and what is here is what it is said to be.
    let end = 0;
    for (const { offset, length, from } of pieces) {
      assert.equal(offset, end);
      end = offset + length;
      if (from === undefined) continue;
      assert.deepEqual(old.subarray(from.offset, from.offset + length), next.subarray(offset, end));
    }
    assert.equal(end, next.length);
    return rangeBytes(fetchRanges(pieces));
  };

  test('of the same file nothing, of another one all', async () => {
    assert.equal(await compare(image, image, true), 0);
    assert.equal(await compare(noise(1024 * 1024, 'other'), image, true), 1024 * 1024);
  });

  test('5 % of the blocks, each of 4 KiB somewhere: under 8 % of the file by the tree’s leaves', async () => {
    const next = Buffer.from(image);
    for (let block = 0; block < image.length / 4096; block += 20)
      noise(4096, `${block}`).copy(next, block * 4096);
    const fetched = await compare(next, image, true);
    assert.ok(fetched >= image.length * 0.05 && fetched < image.length * 0.08, `${fetched} bytes`);
  });

  test('the same behind an insertion', async () => {
    const next = Buffer.concat([noise(12_288, 'more'), image]);
    for (let block = 200; block < image.length / 4096; block += 20)
      noise(4096, `${block}`).copy(next, block * 4096);
    const fetched = await compare(next, image, true);
    assert.ok(fetched < image.length * 0.1, `${fetched} bytes`);
  });

  test('5 % in one place: without a tree, little more', async () => {
    const next = Buffer.from(image);
    noise(image.length / 20, 'one place').copy(next, 4_000_000);
    const fetched = await compare(next, image, false);
    assert.ok(fetched < image.length * 0.09, `${fetched} bytes`);
  });

  test('a source that is gone, or shorter than it was, costs a transfer', async () => {
    await writeFile(at('next'), image);
    const index = parseChunkIndex(await indexFile(at('next')), image.length, 'I');
    await writeFile(at('short'), image.subarray(0, 1_000_000));
    const sources = [
      { path: at('gone'), bytes: 100 },
      { path: at('short'), bytes: image.length },
    ];
    const pieces = await compareFile({ index, sources });
    const fetched = rangeBytes(fetchRanges(pieces));
    assert.ok(fetched >= image.length - 1_000_000 && fetched <= image.length - 1_000_000 + maxChunkBytes);
  });
});

describe('the plan', () => {
  test('what is near each other is asked for at once', () => {
    const here = { source: 0, offset: 0 };
    const piece = (offset: number, length: number, from?: Piece['from']): Piece => ({ offset, length, from });
    const ranges = fetchRanges([
      piece(0, 10),
      piece(10, 8192, here),
      piece(8202, 5),
      piece(8207, 8193, here),
      piece(16_400, 1),
    ]);
    assert.deepEqual(ranges, [
      { offset: 0, length: 8207 },
      { offset: 16_400, length: 1 },
    ]);
  });

  test('a chunk may be as far from its neighbours as they are from where they were', () => {
    const before = { offset: 0, from: { source: 1, offset: 100 } };
    const after = { offset: 30, from: { source: 0, offset: 5 } };
    assert.deepEqual(likelyPlaces(10, [before, after]), [
      { source: 1, offset: 110 },
      { source: 0, offset: 10 },
    ]);
    assert.deepEqual(likelyPlaces(40, [before, after]), [
      { source: 1, offset: 140 },
      { source: 0, offset: 15 },
      { source: 0, offset: 40 },
    ]);
    assert.deepEqual(likelyPlaces(20, [undefined, undefined]), [{ source: 0, offset: 20 }]);
  });

  test('leaves are where veritysetup writes them, for trees of one, two and three levels', async () => {
    for (const blocks of [2, 100, 128, 129, 3000, 17_000]) {
      const salt = 'c0'.repeat(32);
      const data = Buffer.alloc(blocks * 4096);
      for (let block = 0; block < blocks; block += 997) data.writeUInt32LE(block + 1, block * 4096);
      await writeFile(at('data'), data);
      await rm(at('leaves'), { force: true });
      const uuid = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
      await formatVerity({ data: at('data'), tree: at('leaves'), salt, uuid });
      const tree = await readFile(at('leaves'));
      for (const block of [0, blocks - 1]) {
        const digest = blockHasher(Buffer.from(salt, 'hex'))(
          data.subarray(block * 4096, block * 4096 + 4096),
        );
        const leaf = leavesOffset(blocks) + block * 32;
        assert.deepEqual(tree.subarray(leaf, leaf + 32), digest, `block ${block} of ${blocks}`);
      }
    }
  });
});
