// What the making of an image works with.

import type { PartitionLabel } from '../../disk/index.ts';

/** One line of the file `partitions`. */
export interface PartitionSpec {
  readonly label: PartitionLabel;
  /** A multiple of 1 MiB. */
  readonly bytes: number;
  /** Where it stands, for errors: 1 is the first line. */
  readonly line: number;
}

/** A partition with its place on the disk, in sectors of 512 bytes. */
export interface PlacedPartition {
  readonly label: PartitionLabel;
  readonly start: number;
  readonly sectors: number;
}

/** What one can have of an image. */
export const imageFormats = ['raw', 'qcow2', 'payload', 'pxe', 'tarball'] as const;
export type ImageFormat = (typeof imageFormats)[number];

/** How much work goes into making /usr small: `fast` is for trying, `release` for what is carried far. */
export const compressions = ['fast', 'release'] as const;
export type Compression = (typeof compressions)[number];

/** /usr as one file, and its hash tree. */
export interface UsrImage {
  readonly usr: string;
  readonly usrBytes: number;
  readonly verity: string;
  readonly verityBytes: number;
  readonly rootHash: string;
  /** What the tree was made with; the same again gives the same tree. */
  readonly salt: string;
  readonly uuid: string;
}

/** All that a slot is made of. */
export interface Release extends UsrImage {
  readonly version: string;
  readonly uki: string;
  readonly ukiBytes: number;
}

export const sectorBytes = 512;
export const mebibyte = 1024 * 1024;
