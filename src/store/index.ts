// The door of store: the replicated store, whichever it is.

export type { Clock } from './clock.ts';
export { storeErrors } from './errors.ts';
export { inRange, prefixRange } from './keys.ts';
export type {
  Change,
  Guard,
  KeyRange,
  KeyValue,
  Lease,
  LeaseId,
  LeaseOptions,
  Operation,
  RangeResult,
  Revision,
  Store,
  TransactionResult,
  WatchEvent,
  WatchOptions,
} from './model.ts';
export { type MemoryOptions, memoryStore, openStore, type StoreConfig } from './open.ts';
