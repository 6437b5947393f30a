// The semaphore of airlock in etcd: read when a group is served for the first time, so that a cluster that comes
// from there keeps its places and its holders.

import type { SemaphoreRecord } from '../semaphore/record.ts';

/** The key of a group's semaphore. */
export function airlockKey(group: string): string {
  return `com.coreos.airlock/groups/${group}/v1/semaphore`;
}

/** What it holds, as a semaphore of ours; undefined when it cannot be read. */
export function readAirlock(text: string, now: Date): SemaphoreRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { total_slots: max, holders } = value as Record<string, unknown>;
  const ids = Array.isArray(holders) ? holders.filter((id) => typeof id === 'string') : [];
  if (typeof max !== 'number' || !Number.isSafeInteger(max) || max < 0) return undefined;
  const since = now.toISOString();
  return { max, holders: ids.sort().map((id) => ({ id, reason: 'held in airlock', since })), freed: [] };
}
