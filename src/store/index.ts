// The door of store: the replicated store, whichever it is.

export { type CampaignOptions, campaign, type Leadership } from './election.ts';
export { storeErrors } from './errors.ts';
export type { EtcdConfig } from './etcd/config.ts';
export { inRange, prefixRange } from './keys.ts';
export type {
  Change,
  Guard,
  KeyRange,
  KeyValue,
  Lease,
  LeaseId,
  LeaseOptions,
  LeaseTime,
  Operation,
  RangeHead,
  RangeResult,
  Revision,
  Store,
  TransactionResult,
  WatchEvent,
  WatchOptions,
} from './model.ts';
export { type MemoryOptions, memoryStore, openStore, type StoreConfig } from './open.ts';
