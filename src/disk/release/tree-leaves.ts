// The leaves of a dm-verity tree: a hash for each 4096 bytes of the image. A release has to bring them anyway, so
// they also tell which blocks of a chunk are here already.
// https://docs.kernel.org/admin-guide/device-mapper/verity.html, format 1, SHA-256, blocks of 4096 bytes

import { hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

export const blockBytes = 4096;
export const digestBytes = 32;
const perBlock = blockBytes / digestBytes;

/** Where the leaves begin in a file of `veritysetup format`: behind its superblock and the upper levels. */
export function leavesOffset(dataBlocks: number): number {
  let upper = 0;
  for (let blocks = Math.ceil(dataBlocks / perBlock); blocks > 1; ) {
    blocks = Math.ceil(blocks / perBlock);
    upper += blocks;
  }
  return (1 + upper) * blockBytes;
}

/** The hash that leaves have of blocks, with that salt. */
export function blockHasher(salt: Buffer): (block: Buffer) => Buffer {
  // One buffer for all: there are hundreds of thousands of blocks.
  const salted = Buffer.concat([salt, Buffer.alloc(blockBytes)]);
  return (block) => {
    block.copy(salted, salt.length, 0, blockBytes);
    return hash('sha256', salted, 'buffer');
  };
}

/** The leaves of `count` blocks from `first` on, each 32 bytes. Fewer when the file ends before. */
export async function readLeaves(
  tree: FileHandle,
  dataBlocks: number,
  first: number,
  count: number,
): Promise<Buffer> {
  const leaves = Buffer.alloc(count * digestBytes);
  const at = leavesOffset(dataBlocks) + first * digestBytes;
  const { bytesRead } = await tree.read(leaves, 0, leaves.length, at);
  return leaves.subarray(0, bytesRead - (bytesRead % digestBytes));
}
