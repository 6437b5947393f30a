// The store of a cluster: etcd v3, 3.4 or newer, through the JSON gateway of its client port.

import { randomBytes } from 'node:crypto';
import { storeErrors } from '../errors.ts';
import type {
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
import { Cluster } from './cluster.ts';
import { type Connection, type EtcdConfig, readConfig } from './config.ts';
import { EtcdLease, keepAlive } from './lease.ts';
import { cannotHappenTwice, resultOf } from './transaction.ts';
import { readHead, readRange, Watch } from './watch.ts';
import { encode, integerOf, keyValueOf, messagesOf, transactionMessage } from './wire.ts';

/** Makes a client. It connects with the first call; only the configuration is checked here. */
export async function connectEtcd(config: EtcdConfig): Promise<Store> {
  return new EtcdStore(await readConfig(config));
}

class EtcdStore implements Store {
  description: string;
  readonly maxOperations = maxOperations;
  readonly #cluster: Cluster;

  constructor(connection: Connection) {
    this.description = describe(connection);
    this.#cluster = new Cluster(connection);
  }

  async get(key: string): Promise<KeyValue | undefined> {
    checkKey(key);
    const { message } = await this.#cluster.call({
      path: '/v3/kv/range',
      body: () => ({ key: encode(key) }),
      effect: 'none',
    });
    const [found] = messagesOf(message.kvs);
    return found === undefined ? undefined : keyValueOf(found);
  }

  async range(range: KeyRange): Promise<RangeResult> {
    checkRange(range);
    const { keyValues, revision } = await readRange(this.#cluster, range);
    return { keyValues, revision };
  }

  async transact(guards: readonly Guard[], operations: readonly Operation[]): Promise<TransactionResult> {
    checkTransaction(guards, operations);
    const answer = await this.#cluster.call({
      path: '/v3/kv/txn',
      body: (again) => transactionMessage(guards, operations, again),
      effect:
        operations.length === 0 ? 'none' : cannotHappenTwice(guards, operations) ? 'repeatable' : 'once',
    });
    return resultOf(answer, operations);
  }

  async head(range: KeyRange): Promise<RangeHead> {
    checkRange(range);
    const { newest, count, revision } = await readHead(this.#cluster, range);
    return { newest, count, revision };
  }

  /** Reads at that revision: etcd refuses what it has compacted, and what it has not reached. */
  async remembers(revision: Revision): Promise<boolean> {
    if (!Number.isSafeInteger(revision) || revision < 1) return false;
    try {
      await this.#cluster.call({
        path: '/v3/kv/range',
        body: () => ({ key: encode('\0'), revision: String(revision), keys_only: true }),
        effect: 'none',
      });
      return true;
    } catch (error) {
      if (storeErrors.is(error, 'invalid')) return false;
      throw error;
    }
  }

  watch(range: KeyRange, options: WatchOptions): AsyncIterable<WatchEvent> {
    checkRange(range);
    return new Watch(this.#cluster, range, options).events();
  }

  async grantLease(options: LeaseOptions): Promise<Lease> {
    checkLease(options);
    // A name that no lease of etcd can have is of a lease of another store, so gone.
    if (options.adopt !== undefined && /^[1-9]\d{0,18}$/.test(options.adopt)) {
      const { ttlMs, sentMs } = await keepAlive(this.#cluster, options.adopt);
      if (ttlMs > 0) return new EtcdLease(this.#cluster, options.adopt, ttlMs, sentMs);
    }
    // We choose its name, so that a repeated grant is refused instead of making a second one.
    const id = ((randomBytes(8).readBigUInt64BE() >> 1n) | 1n).toString();
    try {
      const { message, sentMs } = await this.#cluster.call({
        path: '/v3/lease/grant',
        body: () => ({ ID: id, TTL: String(Math.ceil(options.ttlMs / 1000)) }),
        effect: 'repeatable',
        urgent: true,
      });
      return new EtcdLease(this.#cluster, id, integerOf(message.TTL) * 1000, sentMs);
    } catch (error) {
      if (!storeErrors.is(error, 'invalid') || !/already exists/.test(error.message)) throw error;
      const { ttlMs, sentMs } = await keepAlive(this.#cluster, id);
      return new EtcdLease(this.#cluster, id, ttlMs, sentMs);
    }
  }

  async leaseTime(id: LeaseId): Promise<LeaseTime | undefined> {
    if (!/^[1-9]\d{0,18}$/.test(id)) return undefined;
    const { message } = await this.#cluster.call({
      path: '/v3/lease/timetolive',
      body: () => ({ ID: id }),
      effect: 'none',
      urgent: true,
    });
    const left = integerOf(message.TTL);
    return left < 0 ? undefined : { ttlMs: integerOf(message.grantedTTL) * 1000, leftMs: left * 1000 };
  }

  async reconfigure(config: EtcdConfig, probeKey: string): Promise<void> {
    checkKey(probeKey);
    const connection = await readConfig(config);
    const candidate = new Cluster(connection);
    try {
      await candidate.call({
        path: '/v3/kv/range',
        body: () => ({ key: encode(probeKey), keys_only: true }),
        effect: 'none',
      });
      if (this.#cluster.id !== undefined && this.#cluster.id !== candidate.id) {
        throw storeErrors.error(
          'invalid',
          `${describe(connection)} is another cluster than the one that this daemon is in (${this.description}).`,
          { hint: 'To move to it, start the daemon anew.' },
        );
      }
    } finally {
      candidate.close();
    }
    this.#cluster.move(connection);
    this.description = describe(connection);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cluster.close();
  }
}

function describe({ endpoints }: Connection): string {
  return `etcd at ${endpoints.map((endpoint) => endpoint.host).join(', ')}`;
}
