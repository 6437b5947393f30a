// What the engine needs of whoever brings an update into the idle slot.

import type { Offer } from './model.ts';

export interface PayloadJob {
  readonly offer: Offer;
  /** The mirror to use. */
  readonly codebase: string;
  /** The version is lower than the one that runs: only along an edge that the signed manifest names. */
  readonly downgrade: boolean;
  readonly runningVersion: string;
  /** A person asked for this version: only the signature and the time count. */
  readonly force: boolean;
  /** It failed here before, and somebody let it be tried again. */
  readonly again: boolean;
  /** What attempts before have left does not count: going on with it failed too often. */
  readonly fromScratch?: boolean;
  /** Bytes a second; 0 for no limit. */
  readonly bytesPerSecond: number;
  /** For servers that ask for them, over https only; empty for none. */
  readonly user: string;
  readonly password: string;
  /** Slots in plain files; empty for partitions. */
  readonly slotFolder: string;
  /** The extension whose slots they are; empty for the system. */
  readonly slotExtension: string;
  readonly signal: AbortSignal;
  /** Of the whole work, 0 to 1; also called when bytes came and the number is the same. */
  readonly onProgress: (part: number) => void;
  /** All is here and is being checked. */
  readonly onVerifying: () => void;
  /** It was checked and is being made bootable: from here on the next boot may be the new version. */
  readonly onDownloaded: () => Promise<void>;
}

/** Brings it into the idle slot and lets that be tried next. Throws; `codeOf` knows the code of what it throws. */
export interface Payload {
  apply(job: PayloadJob): Promise<void>;
  /** The code of 1.5 for an error of `apply`. */
  codeOf(error: unknown): number;
}
