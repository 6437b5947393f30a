// What is known of a file system, of the devices below it and of their partition table, and what is to be done.

import type { CodedError } from '../../host/index.ts';
import type { Mount } from '../mount-info.ts';

export type DeviceKind = 'disk' | 'partition' | 'crypt' | 'lvm' | 'raid' | 'mapping';

/** A block device as /sys tells it. */
export interface BlockDevice {
  /** The kernel's name, as in /sys/class/block: `nvme0n1p3`, `dm-0`. */
  readonly name: string;
  /** `/dev/nvme0n1p3`, `/dev/mapper/root`. */
  readonly path: string;
  readonly kind: DeviceKind;
  readonly bytes: number;
  readonly readOnly: boolean;
  /** Size of a logical sector: the unit of its partition table. */
  readonly sectorBytes: number;
  /** Of a partition: its number and the byte of the disk where it begins. */
  readonly partition?: { readonly number: number; readonly startByte: number };
}

/** A device with those that it lies on: each on the next one, a disk at the end unless it forks before. */
export interface Stack {
  readonly devices: readonly BlockDevice[];
  /** Paths of what the last device lies on when that is several devices: a RAID, a volume group. */
  readonly fork: readonly string[];
}

/** One partition in a table; places are in sectors, `end` is the first that is no longer its own. */
export interface TableEntry {
  readonly number: number;
  readonly level: 'primary' | 'extended' | 'logical';
  readonly start: number;
  readonly end: number;
  /** GPT only: type GUID in lower case, and label. */
  readonly type?: string;
  readonly label?: string;
}

/** A table whose bytes were found sound, or can be made so by sfdisk. */
export interface DiskTable {
  readonly kind: 'gpt' | 'dos';
  readonly sectorBytes: number;
  readonly entries: readonly TableEntry[];
  /** The first sector that no partition may have, once the table is written for the disk as it is now. */
  readonly endSector: number;
  /** Sectors between logical partitions that hold the description of the next one. */
  readonly linkSectors: readonly number[];
  /** Whether a half of the table is damaged that has to be written for the other to be believed. */
  readonly mustWrite: boolean;
  /** Sentences on what a write puts right besides. */
  readonly mends: readonly string[];
}

/** A file system by its own superblock. */
export type FileSystem =
  | {
      readonly type: 'ext4';
      readonly bytes: number;
      readonly geometry: ExtGeometry;
      readonly hasErrors: boolean;
    }
  | {
      readonly type: 'xfs';
      readonly bytes: number;
      readonly blockBytes: number;
      readonly groupBlocks: number;
    }
  | { readonly type: 'btrfs'; readonly bytes: number; readonly deviceId: number; readonly devices: number };

export interface ExtGeometry {
  readonly blockBytes: number;
  readonly firstBlock: number;
  readonly groupBlocks: number;
  /** Blocks that a group needs for itself, and those for a copy of the superblock, which some groups have. */
  readonly groupOverhead: number;
  readonly copyOverhead: number;
  readonly maxBlocks: number;
}

/** How much of the device below a layer takes, by its own header. */
export interface Layer {
  readonly kind: 'crypt' | 'lvm';
  /** The mapped device (crypt), or the physical volume (LVM). */
  readonly path: string;
  readonly bytes: number;
  /** What its own header takes of the device below: all the rest can be its own. */
  readonly headBytes: number;
  readonly lower: string;
}

/** A definition of systemd-repart that is meant for the partition. repart.d(5). */
export interface RepartDefinition {
  readonly path: string;
  readonly maxBytes: number | undefined;
}

export interface GrowFacts {
  readonly mount: Mount | undefined;
  readonly stack: Stack;
  readonly table: DiskTable | CodedError | undefined;
  readonly layers: readonly (Layer | CodedError)[];
  /** Undefined for a kind that we do not grow. */
  readonly fileSystem: FileSystem | CodedError | undefined;
  readonly definition: RepartDefinition | undefined;
}

/** One act, in words of data; steps.ts has an executor for each. */
export type Step =
  | { readonly do: 'keep-table'; readonly disk: string }
  | {
      readonly do: 'resize-partition';
      readonly disk: string;
      readonly number: number;
      readonly start: number;
      readonly sectors: number;
    }
  | { readonly do: 'repart'; readonly disk: string }
  | { readonly do: 'refresh-kernel'; readonly disk: string; readonly number: number }
  | { readonly do: 'resize-crypt'; readonly device: string }
  | { readonly do: 'resize-volume'; readonly device: string }
  | {
      readonly do: 'grow-file-system';
      readonly type: FileSystem['type'];
      readonly device: string;
      readonly mountPoint: string;
      /** btrfs: which of its devices. */
      readonly deviceId?: number;
      readonly by: 'systemd-growfs' | 'own tool';
    };

/** What is to be done about one of the halves, or why nothing is. */
export interface HalfPlan {
  readonly half: 'partition' | 'layer' | 'file-system';
  /** What it is about: `/dev/vda3`, `ext4 on /`. */
  readonly subject: string;
  /** `full`: it has all that there is. `cannot`: not here, or not by us. `refused`: something is damaged. */
  readonly verdict: 'grow' | 'full' | 'cannot' | 'refused';
  readonly fromBytes: number;
  readonly toBytes: number;
  /** A sentence: where it ends, or why it is left alone. */
  readonly reason: string;
  readonly hint?: string;
  readonly steps: readonly Step[];
}
