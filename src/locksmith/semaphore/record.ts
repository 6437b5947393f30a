// The semaphore as etcd's version 3 holds it: who has a place with all that is to be known of it, how many there
// are, and whose place was given on. Reading, writing and the rules; pure.
//
// INVARIANTS
// - A holder with a lease has a second key that is bound to it. Only where that key is gone, its lease has run out
//   and the machine is dead; a record alone never says so.
// - Whose place is given on is in `freed` in the same transaction.

import { locksmithErrors } from '../errors.ts';
import type { Claim, Freed } from './model.ts';
import { byBytes, full } from './rules.ts';

export interface RecordedHolder {
  readonly id: string;
  readonly name?: string;
  readonly reason?: string;
  readonly since: string;
  /** Of etcd; without one only a person frees the place. */
  readonly lease?: string;
}

export interface SemaphoreRecord {
  readonly max: number;
  readonly holders: readonly RecordedHolder[];
  readonly freed: readonly Freed[];
}

export const initialRecord: SemaphoreRecord = { max: 1, holders: [], freed: [] };

/** So many places that were given on are remembered. */
const maxFreed = 10;

/** How many places are free; negative after the maximum was lowered. */
export function availableOf({ max, holders }: SemaphoreRecord): number {
  return max - holders.length;
}

/**
 * With one more holder. Where no place is free, those of the dead are: they are noted in `freed`. Throws
 * `locksmith.full` with who is in the way.
 */
export function withHolder(
  record: SemaphoreRecord,
  claim: Claim,
  options: { readonly lease?: string; readonly now: Date; readonly dead: readonly string[] },
): { readonly record: SemaphoreRecord; readonly freed: readonly Freed[] } {
  const at = options.now.toISOString();
  const others = record.holders.filter(({ id }) => id !== claim.id);
  const needed = others.length + 1 - record.max;
  const goes = needed > 0 ? others.filter(({ id }) => options.dead.includes(id)).slice(0, needed) : [];
  if (goes.length < needed) throw full(availableOf(record), inTheWay(others));
  const freed = goes.map(
    ({ id, name, since }): Freed => ({
      id,
      ...(name === undefined ? {} : { name }),
      since,
      at,
      by: claim.id,
    }),
  );
  const holder: RecordedHolder = {
    id: claim.id,
    ...(claim.name === '' ? {} : { name: claim.name }),
    ...(claim.reason === '' ? {} : { reason: claim.reason }),
    since: at,
    ...(options.lease === undefined ? {} : { lease: options.lease }),
  };
  const holders = [...others.filter((other) => !goes.includes(other)), holder];
  holders.sort((a, b) => byBytes(a.id, b.id));
  return { record: { ...record, holders, freed: [...record.freed, ...freed].slice(-maxFreed) }, freed };
}

/** Without that holder; undefined when it is none. */
export function withoutHolder(record: SemaphoreRecord, id: string): SemaphoreRecord | undefined {
  const holders = record.holders.filter((holder) => holder.id !== id);
  return holders.length === record.holders.length ? undefined : { ...record, holders };
}

function inTheWay(holders: readonly RecordedHolder[]): string {
  const each = holders.map(({ id, name, since, reason }) => {
    const who = name === undefined ? id : `${name} (${id})`;
    return `${who} since ${since}${reason === undefined ? '' : `: ${reason}`}`;
  });
  return each.length === 0 ? 'The maximum is 0: nobody may reboot.' : `Held by ${each.join('; ')}.`;
}

/** Reads the value of the key. Throws `locksmith.unavailable` for one that is no semaphore. */
export function readRecord(text: string, key: string): SemaphoreRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (isRecord(value)) return value;
  throw locksmithErrors.error(
    'unavailable',
    `The key ${key} of etcd holds no semaphore: ${JSON.stringify(text.slice(0, 100))}.`,
    { hint: 'Delete the key; it is made anew with one place.' },
  );
}

export function writeRecord(record: SemaphoreRecord): string {
  return JSON.stringify(record);
}

function isRecord(value: unknown): value is SemaphoreRecord {
  if (typeof value !== 'object' || value === null) return false;
  if (!('max' in value && 'holders' in value && 'freed' in value)) return false;
  const hasTexts = (each: unknown, names: readonly string[]) =>
    typeof each === 'object' &&
    each !== null &&
    names.every((name) => typeof Reflect.get(each, name) === 'string');
  const { max, holders, freed } = value;
  return (
    Number.isSafeInteger(max) &&
    Array.isArray(holders) &&
    holders.every((each) => hasTexts(each, ['id', 'since'])) &&
    Array.isArray(freed) &&
    freed.every((each) => hasTexts(each, ['id', 'at', 'by']))
  );
}
