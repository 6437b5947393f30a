// How large a file system is, by its superblock. Read-only, and only what growing needs.
// https://docs.kernel.org/filesystems/ext4/super.html, xfs_fs.h, https://btrfs.readthedocs.io (On-disk format)

import { diskErrors } from '../errors.ts';
import type { ReadBytes } from './device-reader.ts';
import type { FileSystem } from './model.ts';

/** The readers by what the kernel calls the type. */
export const readSuperblock: Readonly<Record<string, (read: ReadBytes, device: string) => FileSystem>> = {
  ext2: readExt4,
  ext3: readExt4,
  ext4: readExt4,
  xfs: readXfs,
  btrfs: readBtrfs,
};

const extOffset = 1024;
const extErrorState = 0x2;
const extFeature64bit = 0x80;

function readExt4(read: ReadBytes, device: string): FileSystem {
  const block = read(extOffset, 1024);
  if (block.readUInt16LE(0x38) !== 0xef53) throw damaged(device, 'ext4', extOffset + 0x38);
  const blockBytes = 1024 << block.readUInt32LE(0x18);
  const groupBlocks = block.readUInt32LE(0x20);
  const inodeBytes = block.readUInt16LE(0x58) || 128;
  const inodesPerGroup = block.readUInt32LE(0x28);
  if (blockBytes > 65536 || groupBlocks === 0) throw damaged(device, 'ext4', extOffset + 0x18);
  const has64bit = (block.readUInt32LE(0x60) & extFeature64bit) !== 0;
  const blocks = block.readUInt32LE(0x04) + (has64bit ? block.readUInt32LE(0x150) * 2 ** 32 : 0);
  const firstBlock = block.readUInt32LE(0x14);
  const descriptorBytes = has64bit ? Math.max(32, block.readUInt16LE(0xfe)) : 32;
  const groups = Math.ceil((blocks - firstBlock) / groupBlocks);
  const groupOverhead = 2 + Math.ceil((inodesPerGroup * inodeBytes) / blockBytes);
  return {
    type: 'ext4',
    bytes: blocks * blockBytes,
    hasErrors: (block.readUInt16LE(0x3a) & extErrorState) !== 0,
    geometry: {
      blockBytes,
      firstBlock,
      groupBlocks,
      groupOverhead,
      copyOverhead: 1 + Math.ceil((groups * descriptorBytes) / blockBytes) + block.readUInt16LE(0xce),
      maxBlocks: has64bit ? Number.MAX_SAFE_INTEGER : 2 ** 32 - 1,
    },
  };
}

function readXfs(read: ReadBytes, device: string): FileSystem {
  const block = read(0, 512);
  if (block.toString('latin1', 0, 4) !== 'XFSB') throw damaged(device, 'xfs', 0);
  const blockBytes = block.readUInt32BE(4);
  const groupBlocks = block.readUInt32BE(84);
  if (blockBytes < 512 || groupBlocks === 0) throw damaged(device, 'xfs', 4);
  return { type: 'xfs', bytes: Number(block.readBigUInt64BE(8)) * blockBytes, blockBytes, groupBlocks };
}

/** Blocks of the log that lies inside an XFS: what statfs(2) leaves out of the size. */
export function xfsLogBytes(read: ReadBytes): number {
  const block = read(0, 512);
  return block.readBigUInt64BE(48) === 0n ? 0 : block.readUInt32BE(96) * block.readUInt32BE(4);
}

const btrfsOffset = 0x10000;

function readBtrfs(read: ReadBytes, device: string): FileSystem {
  const block = read(btrfsOffset, 4096);
  if (block.toString('latin1', 0x40, 0x48) !== '_BHRfS_M') throw damaged(device, 'btrfs', btrfsOffset + 0x40);
  return {
    type: 'btrfs',
    bytes: Number(block.readBigUInt64LE(0xc9 + 8)),
    deviceId: Number(block.readBigUInt64LE(0xc9)),
    devices: Number(block.readBigUInt64LE(0x88)),
  };
}

const damaged = (device: string, type: string, offset: number) =>
  diskErrors.error(
    'damaged',
    `${device} is mounted as ${type}, but its superblock, at byte ${offset}, is none of ${type}.`,
  );
