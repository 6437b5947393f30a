// An image on a disk against its hash tree, as `veritysetup verify` does it, on two threads: an update waits for this.
// https://docs.kernel.org/admin-guide/device-mapper/verity.html and cryptsetup's verity_sb

import { hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { diskErrors } from '../errors.ts';
import { type VerityCheck, verifyVerity } from '../verity.ts';
import { HashThreads, someAtOnce } from './hash-threads.ts';
import { blockBytes, digestBytes } from './tree-leaves.ts';

/** So many blocks make one job: a mebibyte. */
const perJob = 256;
const width = 5;
const perBlock = blockBytes / digestBytes;

interface Superblock {
  readonly salt: Buffer;
  readonly dataBlocks: number;
}

/** The first block of a tree; undefined for a tree of another kind than ours. */
export function parseSuperblock(bytes: Buffer): Superblock | undefined {
  const numbers = bytes.length >= 512 && bytes.toString('latin1', 0, 8) === 'verity\0\0';
  if (!numbers) return undefined;
  const [version, type] = [bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
  const algorithm = bytes.toString('latin1', 32, 64).replace(/\0+$/, '');
  const [dataBlock, hashBlock] = [bytes.readUInt32LE(64), bytes.readUInt32LE(68)];
  const [blocks, saltBytes] = [Number(bytes.readBigUInt64LE(72)), bytes.readUInt16LE(80)];
  const ours = version === 1 && type === 1 && algorithm === 'sha256' && saltBytes <= 256;
  if (!ours || dataBlock !== blockBytes || hashBlock !== blockBytes) return undefined;
  // A tree of a single block has no levels.
  if (!Number.isSafeInteger(blocks * blockBytes) || blocks < 2) return undefined;
  return { dataBlocks: blocks, salt: Buffer.from(bytes.subarray(88, 88 + saltBytes)) };
}

/** Where the levels of a tree begin and how many blocks they have, the leaves first. Pure. */
export function treeLevels(dataBlocks: number): { readonly offset: number; readonly blocks: number }[] {
  const sizes: number[] = [];
  for (let blocks = dataBlocks; blocks > 1; ) {
    blocks = Math.ceil(blocks / perBlock);
    sizes.push(blocks);
  }
  // The topmost lies first, behind the superblock.
  return sizes.map((blocks, level) => {
    const above = sizes.slice(level + 1).reduce((sum, own) => sum + own, 0);
    return { blocks, offset: (1 + above) * blockBytes };
  });
}

/** Reads all of `data` and its tree. Throws as `verifyVerity`. */
export async function checkAgainstTree(check: VerityCheck): Promise<void> {
  await using data = await open(check.data, 'r');
  await using tree = await open(check.tree, 'r');
  const first = Buffer.alloc(blockBytes);
  const { bytesRead } = await tree.read(first, 0, blockBytes, 0);
  const superblock = parseSuperblock(first.subarray(0, bytesRead));
  // Rare, or damaged: there are words for it elsewhere.
  if (superblock === undefined) return await verifyVerity(check);
  const { salt, dataBlocks } = superblock;
  const levels = treeLevels(dataBlocks);
  const top = levels.at(-1)?.offset ?? 0;
  const block = Buffer.alloc(blockBytes);
  await tree.read(block, 0, blockBytes, top);
  if (hash('sha256', Buffer.concat([salt, block]), 'hex') !== check.rootHash) {
    throw diskErrors.error(
      'damaged',
      `${check.data} with ${check.tree} does not have the root hash ${check.rootHash}.`,
    );
  }
  await using threads = new HashThreads();
  // From the top down: each level is known to be right before what is below is held against it.
  for (let level = levels.length - 1; level >= 0; level--) {
    const leaves = levels[level]?.offset ?? 0;
    const below = levels[level - 1] ?? { offset: 0, blocks: dataBlocks };
    const fd = level === 0 ? data.fd : tree.fd;
    let wrong = Number.POSITIVE_INFINITY;
    await someAtOnce(runsOf(below.blocks), width, async ({ block, count }) => {
      const runs = [{ fd, offset: below.offset + block * blockBytes, block, count }];
      const fits = await threads
        .run({ kind: 'blocks', tree: tree.fd, leaves, salt, runs })
        .catch((cause: unknown) => {
          throw unreadable(check, cause);
        });
      const fault = fits.indexOf(0);
      if (fault >= 0) wrong = Math.min(wrong, block + fault);
    });
    if (wrong === Number.POSITIVE_INFINITY) continue;
    // Which block of data is below a hash that is wrong, veritysetup knows to say.
    if (level > 0) return await verifyVerity(check);
    const what = `${check.data} does not match its hash tree ${check.tree} at offset ${wrong * blockBytes}.`;
    throw diskErrors.error('damaged', what);
  }
}

function* runsOf(blocks: number) {
  for (let block = 0; block < blocks; block += perJob)
    yield { block, count: Math.min(perJob, blocks - block) };
}

function unreadable({ data, tree }: VerityCheck, cause: unknown): unknown {
  if (!(cause instanceof Error && 'syscall' in cause)) return cause;
  return diskErrors.error('damaged', `${data} or its hash tree ${tree} cannot be read: ${cause.message}.`, {
    cause,
  });
}
