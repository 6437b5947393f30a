// The hash tree by the real veritysetup, on plain files: what it makes again is the same, what is damaged is named.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  checkAgainstTree,
  diskErrors,
  formatVerity,
  verifyVerity,
  verityPartitionIds,
} from '../../src/disk/index.ts';

const salt = '5a'.repeat(32);
const uuid = '0f0f0f0f-1111-4222-8333-444444444444';
let folder = '';
let data = '';
let tree = '';
let rootHash = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-verity-'));
  data = join(folder, 'usr');
  tree = join(folder, 'usr.verity');
  const content = Buffer.alloc(600 * 4096);
  for (let at = 0; at < content.length; at += 4) content.writeUInt32LE((at * 2654435761) % 2 ** 32, at);
  await writeFile(data, content);
  ({ rootHash } = await formatVerity({ data, tree, salt, uuid }));
});
after(() => rm(folder, { recursive: true, force: true }));

async function flip(path: string, offset: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, offset);
  byte.writeUInt8(byte.readUInt8(0) ^ 1, 0);
  await file.write(byte, 0, 1, offset);
  await file.close();
}

async function damagedCopy(source: string, damage: (path: string) => Promise<void>): Promise<string> {
  const copy = join(folder, 'damaged');
  await copyFile(source, copy);
  await damage(copy);
  return copy;
}

test('the same data, salt and UUID give the same tree', async () => {
  const again = join(folder, 'again');
  await writeFile(again, 'left by an earlier, longer run'.repeat(10_000));
  assert.equal((await formatVerity({ data, tree: again, salt, uuid })).rootHash, rootHash);
  assert.deepEqual(await readFile(again), await readFile(tree));
  await verifyVerity({ data, tree, rootHash });
});

for (const check of [verifyVerity, checkAgainstTree]) {
  const { name } = check;
  test(`${name}: a flipped bit in the data is named by its block`, async () => {
    const copy = await damagedCopy(data, (path) => flip(path, 123 * 4096 + 77));
    await assert.rejects(check({ data: copy, tree, rootHash }), (error) => {
      assert.ok(diskErrors.is(error, 'damaged'));
      assert.equal(error.message, `${copy} does not match its hash tree ${tree} at offset ${123 * 4096}.`);
      return true;
    });
  });

  test(`${name}: a damaged tree is found: in a hash, in its superblock, cut short`, async () => {
    const refused = async (damage: (path: string) => Promise<void>, message: RegExp) =>
      assert.rejects(check({ data, tree: await damagedCopy(tree, damage), rootHash }), (error) => {
        assert.ok(diskErrors.is(error, 'damaged'));
        assert.match(error.message, message);
        return true;
      });
    // Block 2 holds the hashes of the first blocks: 32 bytes each, so this is the hash of data block 10.
    await refused((path) => flip(path, 2 * 4096 + 10 * 32), /at offset 40960\.$/);
    await refused((path) => flip(path, 3), /superblock at offset 0 is damaged/);
    await refused((path) => truncate(path, 3 * 4096), /at offset \d+|ends before/);
  });

  test(`${name}: data that is cut short, and another root hash, are refused`, async () => {
    const short = await damagedCopy(data, (path) => truncate(path, 500 * 4096));
    await assert.rejects(check({ data: short, tree, rootHash }), /does not match|ends before/);
    const other = rootHash.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    await assert.rejects(check({ data, tree, rootHash: other }), (error) => diskErrors.is(error, 'damaged'));
  });

  test(`${name}: what is whole is whole, whatever its levels`, async () => {
    for (const blocks of [1, 2, 128, 129, ...(check === verifyVerity ? [] : [17_000])]) {
      const [image, own] = [join(folder, 'levels'), join(folder, 'levels.tree')];
      await writeFile(image, createHash('sha512').update(`${blocks}`).digest());
      await truncate(image, blocks * 4096);
      const made = await formatVerity({ data: image, tree: own, salt, uuid });
      await check({ data: image, tree: own, rootHash: made.rootHash });
      await flip(image, (blocks - 1) * 4096 + 5);
      const told = new RegExp(
        `levels does not match its hash tree .* at offset ${(blocks - 1) * 4096}\\.|root hash`,
      );
      await assert.rejects(check({ data: image, tree: own, rootHash: made.rootHash }), told);
    }
  });
}

test('what is no salt, UUID or root hash reaches no program', async () => {
  await assert.rejects(formatVerity({ data, tree, salt: '--help', uuid }), /expected 64 hexadecimal/);
  await assert.rejects(verifyVerity({ data, tree, rootHash: rootHash.toUpperCase() }), /no root hash/);
  assert.throws(() => verityPartitionIds('0123'), /no root hash/);
});

test('a tree that cannot be made leaves the one that was there, and nothing else', async () => {
  const earlier = await readdir(folder);
  const missing = join(folder, 'missing');
  await assert.rejects(formatVerity({ data: missing, tree, salt, uuid }), (error) =>
    diskErrors.is(error, 'failed'),
  );
  assert.deepEqual(await readdir(folder), earlier);
  await verifyVerity({ data, tree, rootHash });
});

test('partitions carry the first and the last 128 bits of the root hash', () => {
  const hash = '00112233445566778899aabbccddeeff0f1e2d3c4b5a69788796a5b4c3d2e1f0';
  assert.deepEqual(verityPartitionIds(hash), {
    usr: '00112233-4455-6677-8899-aabbccddeeff',
    verity: '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0',
  });
});
