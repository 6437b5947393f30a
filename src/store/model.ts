// What a store is, in the terms of etcd v3: keys and values under revisions. Types only.

import type { EtcdConfig } from './etcd/config.ts';

/** A revision counts every change of the whole store; it only grows. */
export type Revision = number;

/** Names a lease in its store. */
export type LeaseId = string;

export interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  /** The lease that the key ends with, if any. */
  readonly lease?: LeaseId;
}

/** All keys k with `from` <= k < `to`, compared byte by byte as UTF-8. */
export interface KeyRange {
  readonly from: string;
  readonly to: string;
}

export interface RangeResult {
  readonly keyValues: readonly KeyValue[];
  /** The store's revision that this is the state of: watch from here + 1 to miss nothing. */
  readonly revision: Revision;
}

/**
 * Two states of a range with the same count and the same newest change are the same: whatever was put since
 * would be newer, and what was only deleted is missing.
 */
export interface RangeHead {
  readonly revision: Revision;
  /** modRevision of the newest key in the range; 0 when it is empty. */
  readonly newest: Revision;
  readonly count: number;
}

/** Holds when the key's `modRevision` is this; 0 means that the key does not exist. */
export interface Guard {
  readonly key: string;
  readonly modRevision: Revision;
}

export type Operation =
  | { readonly kind: 'put'; readonly key: string; readonly value: string; readonly lease?: LeaseId }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'delete-range'; readonly range: KeyRange };

export interface TransactionResult {
  /** False when a guard did not hold: then nothing was changed. */
  readonly committed: boolean;
  readonly revision: Revision;
}

export type Change =
  | { readonly kind: 'put'; readonly keyValue: KeyValue }
  | { readonly kind: 'delete'; readonly key: string; readonly modRevision: Revision };

/** What a watch delivers, in order. */
export type WatchEvent =
  /** The range as it is at `revision`. First, and again whenever changes may have been missed. */
  | { readonly kind: 'snapshot'; readonly keyValues: readonly KeyValue[]; readonly revision: Revision }
  /** All changes of one or several revisions up to `revision`, never half a transaction. */
  | { readonly kind: 'changes'; readonly changes: readonly Change[]; readonly revision: Revision }
  /** The store cannot be reached (`connected: false`) or can again; what changed meanwhile follows. */
  | { readonly kind: 'connection'; readonly connected: boolean; readonly reason: string };

export interface WatchOptions {
  readonly signal: AbortSignal;
  /** Continue after this revision instead of starting with a snapshot; falls back to a snapshot. */
  readonly after?: Revision;
}

export interface Lease {
  readonly id: LeaseId;
  readonly ttlMs: number;
  /** Fulfils (never rejects) when the lease is gone; its keys are then gone too. */
  readonly lost: Promise<{ readonly reason: string }>;
  /**
   * Milliseconds (of `performance.now`) until which we may be sure that the store still holds the
   * lease: measured from when the last confirmed keep-alive was *sent*. Past it, do not act on it.
   */
  safeUntilMs(): number;
  /** Stops keeping it alive, but leaves it to run out by itself. */
  abandon(): void;
  /** Ends it and its keys now. */
  revoke(): Promise<void>;
}

/** A lease as its store counts it. */
export interface LeaseTime {
  readonly ttlMs: number;
  /** Until it runs out, unless somebody keeps it; a store may count in whole seconds. */
  readonly leftMs: number;
}

export interface LeaseOptions {
  readonly ttlMs: number;
  /** Go on with this lease, which an earlier run of the same program had, if it still lives. */
  readonly adopt?: LeaseId;
}

/** Throws only errors of `./errors.ts`; every call ends within the store's own deadline. */
export interface Store extends AsyncDisposable {
  /** A name for messages: the endpoints or the file. */
  readonly description: string;
  get(key: string): Promise<KeyValue | undefined>;
  range(range: KeyRange): Promise<RangeResult>;
  /** Does all operations, or none when a guard fails. No key may occur in two operations. */
  transact(guards: readonly Guard[], operations: readonly Operation[]): Promise<TransactionResult>;
  /** Never ends and never throws while the signal is not aborted: it reconnects and says so. */
  watch(range: KeyRange, options: WatchOptions): AsyncIterable<WatchEvent>;
  /** What tells whether something that is known of a range is still so, without reading it. */
  head(range: KeyRange): Promise<RangeHead>;
  /** Whether a watch can go on after that revision without a snapshot, as things are now. */
  remembers(revision: Revision): Promise<boolean>;
  grantLease(options: LeaseOptions): Promise<Lease>;
  /** How long a lease has to live, without touching it; undefined when there is no such lease. */
  leaseTime(id: LeaseId): Promise<LeaseTime | undefined>;
  /**
   * Goes on with this configuration: watches and leases stay, calls under way end as they began. The key is
   * read over it first. When that fails, or another cluster answers, it throws and all is as before. A store
   * without it cannot be reached in two ways.
   */
  readonly reconfigure?: (config: EtcdConfig, probeKey: string) => Promise<void>;
  /** How many operations and guards one transaction may have. etcd's own default is 128. */
  readonly maxOperations: number;
}
