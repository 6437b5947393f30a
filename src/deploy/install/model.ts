// What the parts of an installation say to each other. Types only.

/** What the kernel knows of a device that an operating system is to be put on. */
export interface DiskFacts {
  /** As it was given. */
  readonly device: string;
  /** The kernel's name: `vdb`, `nvme0n1`. */
  readonly name: string;
  readonly bytes: number;
  /** Bytes of a sector as the disk counts them. */
  readonly sectorBytes: number;
  readonly readOnly: boolean;
  /** The disk that it is a partition of. */
  readonly partitionOf: string | undefined;
  /** The disks and partitions that it is put together of, when it is no disk itself. */
  readonly madeOf: readonly string[];
  /** Places where it, a partition of it, or what is made of these is mounted. */
  readonly mounts: readonly DiskUse[];
  /** What swaps to it, and what is made of it: arrays, volumes, encrypted devices. */
  readonly claims: readonly DiskUse[];
  /** Somebody has it for itself alone, whoever that is. */
  readonly held: boolean;
}

export interface DiskUse {
  /** The kernel's name of the disk or partition that is in use. */
  readonly name: string;
  /** The mount point, `swap`, or the kernel's name of what is made of it. */
  readonly by: string;
}

/** Where the system to install comes from. */
export interface InstallSource {
  /** For people: “the release in /mnt”, “the running system”. */
  readonly what: string;
  readonly version: string;
  readonly rootHash: string;
  readonly usr: SourcePart;
  readonly verity: SourcePart;
  /** A UKI as a file. */
  readonly uki: string;
}

/** Bytes at the beginning of a file or device. */
export interface SourcePart {
  readonly path: string;
  readonly bytes: number;
}

/** Bytes for one place of the disk. */
export interface DiskWrite {
  /** For progress: “the hash tree of /usr”. */
  readonly what: string;
  readonly source: SourcePart;
  /** From the disk's beginning. */
  readonly offset: number;
}
