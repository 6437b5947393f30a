// What a payload of update_engine is made of.

/** 20 bytes: magic, version, length of the manifest. */
export const headerBytes = 20;

/** update_engine knows no other. */
export const blockBytes = 4096;

export const operationNames = ['REPLACE', 'REPLACE_BZ', 'MOVE', 'BSDIFF'] as const;

/** Blocks of the target; `start` undefined is a hole, whose bytes go nowhere. */
export interface Extent {
  readonly start: number | undefined;
  readonly blocks: number;
}

export interface Operation {
  readonly type: number;
  /** From the beginning of the blobs. */
  readonly offset: number;
  readonly length: number;
  readonly extents: readonly Extent[];
  /** SHA-256 of the blob. */
  readonly hash: Buffer | undefined;
}

/** What comes out in the end: so many bytes with that SHA-256. */
export interface Info {
  readonly bytes: number;
  readonly hash: Buffer;
}

export interface Procedure {
  /** 0: the kernel. 1: a file for a PCR policy server. */
  readonly type: number;
  readonly operations: readonly Operation[];
  readonly info: Info | undefined;
}

export interface CrauManifest {
  readonly signaturesOffset: number | undefined;
  readonly signaturesBytes: number;
  readonly partition: Info | undefined;
  readonly operations: readonly Operation[];
  readonly procedures: readonly Procedure[];
}
