// The rules of the semaphore, as the original has them. Pure; a refusal is an error in the original's words.

import { locksmithErrors } from '../errors.ts';

/** What etcd holds in the layout of version 2. */
export interface Semaphore {
  /** Free places; negative after the maximum was lowered below the number of holders. */
  readonly semaphore: number;
  readonly max: number;
  /** Sorted. Null until somebody held it. */
  readonly holders: readonly string[] | null;
}

/** What a semaphore is before anybody changed it. */
export const initialSemaphore: Semaphore = { semaphore: 1, max: 1, holders: null };

/** With one more holder. Throws `locksmith.full`, and only then `locksmith.held`. */
export function lock(current: Semaphore, id: string): Semaphore {
  if (current.semaphore <= 0) throw full(current.semaphore);
  const holders = current.holders ?? [];
  if (holders.includes(id)) throw locksmithErrors.error('held', 'holder exists');
  return { ...current, semaphore: current.semaphore - 1, holders: [...holders, id].sort(byBytes) };
}

/** With a holder less. Throws `locksmith.notHeld`. */
export function unlock(current: Semaphore, id: string): Semaphore {
  const holders = current.holders ?? [];
  if (!holders.includes(id)) throw locksmithErrors.error('notHeld', 'holder does not exist');
  return { ...current, semaphore: current.semaphore + 1, holders: holders.filter((holder) => holder !== id) };
}

/** With another maximum; who holds it goes on holding it. */
export function setMax(current: Semaphore, max: number): Semaphore {
  return { ...current, semaphore: current.semaphore + max - current.max, max };
}

/** The text that etcd holds, to the byte as the original writes it. */
export function writeSemaphore({ semaphore, max, holders }: Semaphore): string {
  return JSON.stringify({ semaphore, max, holders });
}

/** Reads that text. Throws `locksmith.unavailable`, naming the key, for one that is no semaphore. */
export function readSemaphore(text: string, key: string): Semaphore {
  const damaged = () =>
    locksmithErrors.error(
      'unavailable',
      `The key ${key} holds no semaphore: ${JSON.stringify(text.slice(0, 100))}.`,
      {
        hint: `Delete the key; it is made anew with one place.`,
      },
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged();
  }
  if (typeof value !== 'object' || value === null) throw damaged();
  // Go leaves what is not there at its zero.
  const { semaphore = 0, max = 0, holders = null } = value as Record<string, unknown>;
  const isList = Array.isArray(holders) && holders.every((each) => typeof each === 'string');
  if (!Number.isSafeInteger(semaphore) || !Number.isSafeInteger(max) || !(holders === null || isList))
    throw damaged();
  return { semaphore: Number(semaphore), max: Number(max), holders: isList ? holders.map(String) : null };
}

/** The refusal of a semaphore without free places. */
export function full(available: number, hint?: string): Error {
  return locksmithErrors.error('full', `semaphore is at ${available}`, hint === undefined ? {} : { hint });
}

/** Go's order of strings. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
