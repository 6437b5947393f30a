// The store of one machine: no server, one file, the same answers as etcd.

import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { type Clock, systemClock } from '../../host/index.ts';
import { storeErrors } from '../errors.ts';
import type {
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
} from '../model.ts';
import { checkKey, checkLease, checkRange, checkTransaction, maxOperations } from '../request.ts';
import { CommitQueue } from './commit-queue.ts';
import { openDatabase } from './database.ts';
import { databaseFailure } from './failure.ts';
import { Leases } from './leases.ts';
import { Tables } from './tables.ts';
import { Watchers } from './watchers.ts';

export interface EmbeddedOptions {
  readonly clock?: Clock;
}

/**
 * Opens the store in the file at `path`, making it when missing; `:memory:` is a store that ends with
 * the process. Throws `store.unusable` when the file is held by another process, damaged or not a store.
 */
export async function openEmbeddedStore(path: string, options: EmbeddedOptions = {}): Promise<Store> {
  const database = await openDatabase(path);
  try {
    return new EmbeddedStore(path, database, options.clock ?? systemClock);
  } catch (cause) {
    database.close();
    throw databaseFailure(path, cause);
  }
}

class EmbeddedStore implements Store {
  readonly description: string;
  readonly maxOperations = maxOperations;
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #tables: Tables;
  readonly #watchers: Watchers;
  readonly #commits: CommitQueue;
  readonly #leases: Leases;

  constructor(path: string, database: DatabaseSync, clock: Clock) {
    this.description = path === ':memory:' ? 'memory' : path;
    this.#path = path;
    this.#database = database;
    this.#tables = new Tables(database);
    this.#watchers = new Watchers(this.#tables);
    this.#commits = new CommitQueue(path, database, this.#tables, (changes, revision) =>
      this.#watchers.publish(changes, revision),
    );
    this.#leases = new Leases(clock, async (id) => {
      await this.#commits.add(() => this.#tables.removeLease(id));
    });
    for (const { id, ttlMs } of this.#tables.leases()) this.#leases.add(id, ttlMs);
  }

  async get(key: string): Promise<KeyValue | undefined> {
    checkKey(key);
    return this.#read(() => this.#tables.get(key));
  }

  async range(range: KeyRange): Promise<RangeResult> {
    checkRange(range);
    return this.#read(() => ({ keyValues: this.#tables.range(range), revision: this.#tables.revision }));
  }

  async transact(guards: readonly Guard[], operations: readonly Operation[]): Promise<TransactionResult> {
    checkTransaction(guards, operations);
    let committed = false;
    const revision = await this.#commits.add((): readonly Change[] => {
      committed = this.#tables.guardsHold(guards);
      if (!committed) return [];
      for (const operation of operations) {
        if (operation.kind === 'put' && operation.lease !== undefined) this.#checkLease(operation.lease);
      }
      return this.#tables.apply(operations);
    });
    return { committed, revision };
  }

  async head(range: KeyRange): Promise<RangeHead> {
    checkRange(range);
    return this.#read(() => ({ ...this.#tables.head(range), revision: this.#tables.revision }));
  }

  async remembers(revision: Revision): Promise<boolean> {
    return this.#read(() => revision >= this.#tables.forgotten && revision <= this.#tables.revision);
  }

  watch(range: KeyRange, options: WatchOptions): AsyncIterable<WatchEvent> {
    checkRange(range);
    this.#commits.assertOpen();
    return this.#watchers.watch(range, options);
  }

  async grantLease(options: LeaseOptions): Promise<Lease> {
    checkLease(options);
    this.#commits.assertOpen();
    if (options.adopt !== undefined && this.#leases.has(options.adopt))
      return this.#leases.hold(options.adopt);
    // Random, not counted: the name of a lease of an earlier store must not fit one of this store.
    const id = (randomBytes(8).readBigUInt64BE() >> 1n).toString();
    await this.#commits.add(() => {
      this.#tables.addLease(id, options.ttlMs);
      return [];
    });
    this.#leases.add(id, options.ttlMs);
    return this.#leases.hold(id);
  }

  async leaseTime(id: LeaseId): Promise<LeaseTime | undefined> {
    this.#commits.assertOpen();
    return this.#leases.time(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#database.isOpen) return;
    this.#leases.close();
    this.#commits.close();
    this.#watchers.close();
    this.#database.close();
  }

  #checkLease(id: LeaseId): void {
    if (!this.#tables.hasLease(id))
      throw storeErrors.error('invalid', `The lease ${id} does not exist, or no longer.`);
  }

  #read<T>(read: () => T): T {
    this.#commits.assertOpen();
    try {
      return read();
    } catch (cause) {
      throw databaseFailure(this.#path, cause);
    }
  }
}
