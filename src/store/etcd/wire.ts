// etcd's protocol as its JSON gateway speaks it: keys and values in base64, 64-bit numbers as strings, zeros
// left out. Source: api/etcdserverpb/rpc.proto of etcd 3.4 to 3.6.

import type { Change, Guard, KeyRange, KeyValue, LeaseId, Operation, Revision } from '../model.ts';

/** JSON of which we know only that it is an object. */
export type Message = Readonly<Record<string, unknown>>;

export function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function decode(value: unknown): string {
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
}

/** A member that must be an object, or an empty one when it was left out. */
export function messageOf(value: unknown): Message {
  return isMessage(value) ? value : {};
}

export function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function messagesOf(value: unknown): Message[] {
  return Array.isArray(value) ? value.filter(isMessage) : [];
}

/** A 64-bit number: all that we read are revisions and seconds, far below 2^53. */
export function integerOf(value: unknown): number {
  return value === undefined ? 0 : Number(value);
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The revision of the store that an answer was made at. */
export function revisionOf(answer: Message): Revision {
  return integerOf(messageOf(answer.header).revision);
}

/** Which cluster answered: a store restored from a backup is another one. */
export function clusterOf(answer: Message): string {
  return textOf(messageOf(answer.header).cluster_id);
}

/** The two members that name a range. etcd refuses an empty key; no key sorts before a zero byte. */
export function rangeMessage(range: KeyRange): Message {
  return { key: encode(range.from === '' ? '\0' : range.from), range_end: encode(range.to) };
}

export function keyValueOf(message: Message): KeyValue {
  const lease = leaseOf(message.lease);
  return {
    key: decode(message.key),
    value: decode(message.value),
    createRevision: integerOf(message.create_revision),
    modRevision: integerOf(message.mod_revision),
    ...(lease === undefined ? {} : { lease }),
  };
}

function leaseOf(value: unknown): LeaseId | undefined {
  return value === undefined || value === '0' ? undefined : String(value);
}

export function changeOf(event: Message): Change {
  const keyValue = keyValueOf(messageOf(event.kv));
  if (event.type !== 'DELETE') return { kind: 'put', keyValue };
  return { kind: 'delete', key: keyValue.key, modRevision: keyValue.modRevision };
}

/** A transaction; `readBack` asks for the written keys when a guard fails. */
export function transactionMessage(
  guards: readonly Guard[],
  operations: readonly Operation[],
  readBack: boolean,
): Message {
  return {
    compare: guards.map((guard) => ({
      key: encode(guard.key),
      target: 'MOD',
      result: 'EQUAL',
      mod_revision: String(guard.modRevision),
    })),
    success: operations.map(operationMessage),
    failure: readBack
      ? operations
          .filter((operation) => operation.kind !== 'delete-range')
          .map((operation) => ({ request_range: { key: encode(operation.key) } }))
      : [],
  };
}

function operationMessage(operation: Operation): Message {
  switch (operation.kind) {
    case 'put': {
      const lease = operation.lease === undefined ? {} : { lease: operation.lease };
      return { request_put: { key: encode(operation.key), value: encode(operation.value), ...lease } };
    }
    case 'delete':
      return { request_delete_range: { key: encode(operation.key) } };
    case 'delete-range':
      return { request_delete_range: rangeMessage(operation.range) };
  }
}
