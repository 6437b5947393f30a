// The semaphore on etcd's version 3. Each change is one transaction against the revision that it was made from.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Guard, type Lease, type Operation, prefixRange, type Store } from '../../store/index.ts';
import { locksmithErrors } from '../errors.ts';
import type { Claim, Held, ManagedLock, SemaphoreStatus, Waiter } from './model.ts';
import {
  availableOf,
  initialRecord,
  type SemaphoreRecord,
  withHolder,
  withoutHolder,
  writeRecord,
} from './record.ts';
import { full } from './rules.ts';
import { deadOf, describeHolder, type GroupKeys, type GroupView, v3Keys, viewGroup } from './v3-group.ts';

export interface V3Options {
  readonly store: Store;
  /** Of all keys, such as /keelson. */
  readonly prefix: string;
  readonly group: string;
  /** A holder that is not heard of for so long has died. Undefined: nobody ever does. */
  readonly leaseMs: number | undefined;
  /** What a semaphore is that is not there yet. */
  readonly initial?: SemaphoreRecord;
  readonly date?: () => Date;
}

const maxTries = 10;
/** A wait is announced for so long after its daemon was last heard of. */
const announcedMs = 60_000;

export class V3Lock implements ManagedLock {
  readonly description: string;
  readonly #options: V3Options;
  readonly #keys: GroupKeys;
  readonly #date: () => Date;

  constructor(options: V3Options) {
    this.#options = options;
    this.#keys = v3Keys(options.prefix, options.group);
    this.#date = options.date ?? (() => new Date());
    this.description = options.store.description;
  }

  async status(): Promise<SemaphoreStatus> {
    const { record, presences, waiting } = await this.#see();
    const { store } = this.#options;
    const holders = await Promise.all(
      record.holders.map((holder) => describeHolder(store, holder, presences.get(holder.id))),
    );
    return {
      group: this.#options.group,
      available: availableOf(record),
      max: record.max,
      holders,
      waiting,
      freed: record.freed,
    };
  }

  async take(id: string): Promise<void> {
    await this.#change(({ record, presences }) => {
      if (availableOf(record) <= 0 && deadOf({ record, presences }).length === 0)
        throw full(availableOf(record));
      if (record.holders.some((holder) => holder.id === id))
        throw locksmithErrors.error('held', 'holder exists');
      const claim = { id, name: '', reason: 'locked by hand' };
      const dead = deadOf({ record, presences });
      const next = withHolder(record, claim, { now: this.#date(), dead });
      return { record: next.record, others: this.#arrival(id), guards: this.#absence(next.freed) };
    });
  }

  async give(id: string): Promise<void> {
    if (!(await this.release(id))) throw locksmithErrors.error('notHeld', 'holder does not exist');
  }

  async setMax(max: number): Promise<{ readonly old: number; readonly max: number }> {
    let old = max;
    await this.#change(({ record }) => {
      old = record.max;
      return { record: { ...record, max } };
    });
    return { old, max };
  }

  async acquire(claim: Claim): Promise<Held> {
    const before = await this.resume(claim);
    if (before !== undefined) return before;
    // Refused before a lease is made for nothing.
    const { record, presences } = await this.#see();
    withHolder(record, claim, { now: this.#date(), dead: deadOf({ record, presences }) });
    const { store, leaseMs } = this.#options;
    const lease = leaseMs === undefined ? undefined : await store.grantLease({ ttlMs: leaseMs });
    let freed: Held['freed'] = [];
    try {
      const revision = await this.#change((seen) => {
        const next = withHolder(seen.record, claim, {
          ...(lease === undefined ? {} : { lease: lease.id }),
          now: this.#date(),
          dead: deadOf(seen),
        });
        freed = next.freed;
        return { record: next.record, others: this.#arrival(claim.id, lease), guards: this.#absence(freed) };
      });
      return this.#held(claim.id, revision, lease, freed);
    } catch (error) {
      await lease?.revoke().catch(() => lease.abandon());
      throw error;
    }
  }

  async resume(claim: Claim): Promise<Held | undefined> {
    const { record, presences } = await this.#see();
    const mine = record.holders.find(({ id }) => id === claim.id);
    if (mine === undefined) return undefined;
    const presence = presences.get(claim.id);
    if (presence !== undefined && mine.lease === undefined) {
      return this.#held(claim.id, presence.modRevision, undefined, []);
    }
    const { store, leaseMs } = this.#options;
    if (presence !== undefined && mine.lease !== undefined) {
      const lease = await store.grantLease({ ttlMs: leaseMs ?? 3_600_000, adopt: mine.lease });
      if (lease.id === mine.lease) return this.#held(claim.id, presence.modRevision, lease, []);
      await lease.revoke();
    }
    // Dead for the others, and back before anybody took the place: it is ours again, under a lease of its own.
    const lease = leaseMs === undefined ? undefined : await store.grantLease({ ttlMs: leaseMs });
    let still = true;
    const revision = await this.#change((seen) => {
      const own = seen.record.holders.find(({ id }) => id === claim.id);
      still = own !== undefined;
      if (own === undefined) return undefined;
      const { lease: _, ...rest } = own;
      const renewed = lease === undefined ? rest : { ...rest, lease: lease.id };
      const holders = seen.record.holders.map((holder) => (holder === own ? renewed : holder));
      return { record: { ...seen.record, holders }, others: this.#arrival(claim.id, lease) };
    });
    if (still) return this.#held(claim.id, revision, lease, []);
    await lease?.revoke();
    return undefined;
  }

  async release(id: string): Promise<boolean> {
    let held = false;
    await this.#change(({ record, presences }) => {
      const next = withoutHolder(record, id);
      held = next !== undefined;
      if (next === undefined) return undefined;
      const key = this.#keys.holder(id);
      return { record: next, others: presences.has(id) ? [{ kind: 'delete', key }] : [] };
    });
    return held;
  }

  async announce(claim: Claim): Promise<AsyncDisposable> {
    const { store } = this.#options;
    const lease = await store.grantLease({ ttlMs: announcedMs });
    const waiter: Waiter = { ...claim, since: this.#date().toISOString() };
    const put: Operation = {
      kind: 'put',
      key: this.#keys.waiting(claim.id),
      value: JSON.stringify(waiter),
      lease: lease.id,
    };
    await store.transact([], [put]);
    return { [Symbol.asyncDispose]: () => lease.revoke().catch(() => lease.abandon()) };
  }

  readonly untilFreed = async (signal: AbortSignal): Promise<void> => {
    const { semaphore } = this.#keys;
    const concerns = (key: string) => key === semaphore || key.startsWith(this.#keys.holder(''));
    try {
      let known = false;
      for await (const event of this.#options.store.watch(prefixRange(semaphore), { signal })) {
        // The first is how things are, a later one that something may have been missed.
        if (event.kind === 'snapshot' && (known || (await this.#hasRoom()))) return;
        known ||= event.kind === 'snapshot';
        if (event.kind !== 'changes') continue;
        const keys = event.changes.map((change) =>
          change.kind === 'put' ? change.keyValue.key : change.key,
        );
        if (keys.some(concerns)) return;
      }
    } catch {
      // Who waits asks again by the clock, too.
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    }
  };

  async #hasRoom(): Promise<boolean> {
    const { record, presences } = await this.#see();
    return availableOf(record) > 0 || deadOf({ record, presences }).length > 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.store[Symbol.asyncDispose]();
  }

  async #see(): Promise<GroupView> {
    return await viewGroup(this.#options.store, this.#keys, this.#options.initial ?? initialRecord);
  }

  /** The revision of the change; tries again when somebody else was first. */
  async #change(
    next: (
      seen: GroupView,
    ) => { record: SemaphoreRecord; others?: readonly Operation[]; guards?: readonly Guard[] } | undefined,
  ): Promise<number> {
    for (let attempt = 0; attempt < maxTries; attempt++) {
      const seen = await this.#see();
      const wanted = next(seen);
      if (wanted === undefined) return 0;
      const put: Operation = { kind: 'put', key: this.#keys.semaphore, value: writeRecord(wanted.record) };
      const guards = [seen.guard, ...(wanted.guards ?? [])];
      const { committed, revision } = await this.#options.store.transact(guards, [
        put,
        ...(wanted.others ?? []),
      ]);
      if (committed) return revision;
      await sleep(20 * attempt * Math.random());
    }
    throw locksmithErrors.error('conflict', `The semaphore ${this.#keys.semaphore} changes all the time.`);
  }

  #arrival(id: string, lease?: Lease): readonly Operation[] {
    return [
      {
        kind: 'put',
        key: this.#keys.holder(id),
        value: id,
        ...(lease === undefined ? {} : { lease: lease.id }),
      },
    ];
  }

  /** Who was dead when we looked must still be so when their place is taken. */
  #absence(freed: Held['freed']): readonly Guard[] {
    return freed.map(({ id }) => ({ key: this.#keys.holder(id), modRevision: 0 }));
  }

  #held(id: string, token: number, lease: Lease | undefined, freed: Held['freed']): Held {
    return {
      token,
      freed,
      confirm: async () => {
        const { record, presences } = await this.#see();
        const isHolder = record.holders.some((holder) => holder.id === id);
        if (isHolder && presences.get(id)?.modRevision === token) return;
        throw locksmithErrors.error('lost', `The reboot lock of ${id} was taken away by somebody.`);
      },
      leave: () => lease?.abandon(),
    };
  }
}
