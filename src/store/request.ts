// What every store refuses before it asks its disk or its server, so that all refuse the same.

import { storeErrors } from './errors.ts';
import { inRange } from './keys.ts';
import type { Guard, KeyRange, LeaseOptions, Operation } from './model.ts';

/** etcd's default `--max-txn-ops`: so many guards, and so many operations, in one transaction. */
export const maxOperations = 128;

/** etcd's default `--max-request-bytes`, less what the request needs besides keys and values. */
export const maxRequestBytes = 1.5 * 1024 * 1024 - 16 * 1024;

const maxLeaseMs = 9_000_000_000_000;

/** Throws `store.invalid` unless this may be a key. */
export function checkKey(key: string): void {
  if (key === '') throw storeErrors.error('invalid', 'A key of the store must not be empty.');
}

/** Throws `store.invalid` unless `from` comes before `to`. */
export function checkRange(range: KeyRange): void {
  if (Buffer.compare(Buffer.from(range.from), Buffer.from(range.to)) >= 0) {
    throw storeErrors.error(
      'invalid',
      `The range of keys from ${JSON.stringify(range.from)} to ${JSON.stringify(range.to)} holds no key.`,
    );
  }
}

/** Throws `store.invalid` unless a lease may have this time to live. */
export function checkLease(options: LeaseOptions): void {
  if (!(options.ttlMs > 0 && options.ttlMs < maxLeaseMs))
    throw storeErrors.error('invalid', `A lease cannot have a time to live of ${options.ttlMs} ms.`);
}

/** Throws `store.invalid` for a transaction that etcd would refuse whatever the store holds. */
export function checkTransaction(guards: readonly Guard[], operations: readonly Operation[]): void {
  for (const [count, what] of [
    [guards.length, 'guards'],
    [operations.length, 'operations'],
  ] as const) {
    if (count > maxOperations) {
      throw storeErrors.error(
        'invalid',
        `A transaction may have ${maxOperations} ${what}; this one has ${count}.`,
      );
    }
  }
  let bytes = 0;
  const keys = new Set<string>();
  const ranges: KeyRange[] = [];
  for (const guard of guards) {
    checkKey(guard.key);
    bytes += Buffer.byteLength(guard.key);
  }
  for (const operation of operations) {
    if (operation.kind === 'delete-range') {
      checkRange(operation.range);
      ranges.push(operation.range);
      continue;
    }
    checkKey(operation.key);
    if (keys.has(operation.key)) throw twice(operation.key);
    keys.add(operation.key);
    bytes += Buffer.byteLength(operation.key);
    if (operation.kind === 'put') bytes += Buffer.byteLength(operation.value);
  }
  for (const range of ranges) {
    for (const key of keys) if (inRange(key, range)) throw twice(key);
  }
  if (bytes > maxRequestBytes) {
    throw storeErrors.error(
      'invalid',
      `A transaction of ${bytes} bytes is too large: the store takes ${maxRequestBytes} bytes at once.`,
    );
  }
}

function twice(key: string): Error {
  return storeErrors.error('invalid', `A transaction names the key ${JSON.stringify(key)} twice.`);
}
