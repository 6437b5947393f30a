// What etcd's version 3 holds of a group: one key with all places, one key a holder that lives as long as its lease,
// one key a machine that waits. Read at one revision, so that who is missing at one key and not at another is not
// there.

import { type Guard, type KeyValue, prefixRange, type Store } from '../../store/index.ts';
import type { Holder, Waiter } from './model.ts';
import { type RecordedHolder, readRecord, type SemaphoreRecord } from './record.ts';

/** A group as it was at one revision. */
export interface GroupView {
  readonly record: SemaphoreRecord;
  /** That nobody has changed the record since. */
  readonly guard: Guard;
  /** The keys of holders by id. */
  readonly presences: ReadonlyMap<string, KeyValue>;
  readonly waiting: readonly Waiter[];
}

export type GroupKeys = ReturnType<typeof v3Keys>;

/** The keys of a group, all below that of its semaphore. The group without a name is the one called "default". */
export function v3Keys(prefix: string, group: string) {
  const semaphore = `${prefix}/locksmith/${encodeURIComponent(group === '' ? 'default' : group)}`;
  return {
    semaphore,
    /** Which version of etcd's API the group's machines have agreed upon. */
    api: `${semaphore}/api`,
    holder: (id: string) => `${semaphore}/holder/${encodeURIComponent(id)}`,
    waiting: (id: string) => `${semaphore}/waiting/${encodeURIComponent(id)}`,
  };
}

/** Reads a group. `initial` is what a semaphore is that is not there yet. */
export async function viewGroup(
  store: Store,
  { semaphore: key, holder, waiting }: GroupKeys,
  initial: SemaphoreRecord,
): Promise<GroupView> {
  const { keyValues } = await store.range(prefixRange(key));
  const found = keyValues.find((each) => each.key === key);
  const below = (start: string) => keyValues.filter((each) => each.key.startsWith(start));
  const idOf = (each: KeyValue) => decodeURIComponent(each.key.slice(holder('').length));
  return {
    record: found === undefined ? initial : readRecord(found.value, key),
    guard: { key, modRevision: found?.modRevision ?? 0 },
    presences: new Map(below(holder('')).map((each) => [idOf(each), each])),
    waiting: below(waiting('')).flatMap(({ value }) => readWaiter(value)),
  };
}

/** The holders whose leases have run out. */
export function deadOf({ record, presences }: Pick<GroupView, 'record' | 'presences'>): readonly string[] {
  return record.holders
    .filter(({ id, lease }) => lease !== undefined && !presences.has(id))
    .map(({ id }) => id);
}

/** A holder with how it is, by its key and its lease. */
export async function describeHolder(
  store: Pick<Store, 'leaseTime'>,
  holder: RecordedHolder,
  presence: KeyValue | undefined,
): Promise<Holder> {
  const { id, name, reason, since, lease } = holder;
  const known = {
    id,
    ...(name === undefined ? {} : { name }),
    ...(reason === undefined ? {} : { reason }),
    since,
    ...(presence === undefined ? {} : { token: presence.modRevision }),
  };
  if (lease === undefined) return { ...known, state: 'kept' };
  const time = presence === undefined ? undefined : await store.leaseTime(lease);
  if (time === undefined) return { ...known, state: 'dead', leaseLeftMs: 0 };
  const silentMs = Math.max(0, time.ttlMs - time.leftMs);
  // It is renewed three times within its time.
  const state = silentMs > time.ttlMs / 3 + 5_000 ? 'silent' : 'alive';
  return { ...known, state, leaseLeftMs: time.leftMs, silentMs };
}

function readWaiter(text: string): readonly Waiter[] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
      ? [value as Waiter]
      : [];
  } catch {
    return [];
  }
}
