// Transactions that may be asked for twice: which ones cannot be done twice, and how to see that the first
// try was done after all.

import { storeErrors } from '../errors.ts';
import { inRange } from '../keys.ts';
import type { Guard, Operation, TransactionResult } from '../model.ts';
import type { Answer } from './cluster.ts';
import { integerOf, keyValueOf, messageOf, messagesOf, revisionOf } from './wire.ts';

/**
 * Whether a guard stops holding once this transaction is done, so that it cannot be done twice: a guard
 * on a key that it puts, or on an existing key that it deletes.
 */
export function cannotHappenTwice(guards: readonly Guard[], operations: readonly Operation[]): boolean {
  return guards.some((guard) =>
    operations.some((operation) => {
      if (operation.kind === 'put') return operation.key === guard.key;
      if (guard.modRevision === 0) return false;
      if (operation.kind === 'delete') return operation.key === guard.key;
      return inRange(guard.key, operation.range);
    }),
  );
}

/**
 * What an answer says. When a guard failed on a repeated try, the keys that were read back tell whether it
 * was our own first try that moved them: all of them as we wanted them, the puts all of one revision.
 * Throws `store.unavailable` when they do not.
 */
export function resultOf(answer: Answer, operations: readonly Operation[]): TransactionResult {
  const revision = revisionOf(answer.message);
  if (answer.message.succeeded === true) return { committed: true, revision };
  if (!answer.again || operations.length === 0) return { committed: false, revision };
  const read = messagesOf(answer.message.responses).map((response) => {
    const [pair] = messagesOf(messageOf(response.response_range).kvs);
    return pair === undefined ? undefined : keyValueOf(pair);
  });
  const revisions = new Set<number>();
  const ours = operations
    .filter((operation) => operation.kind !== 'delete-range')
    .every((operation, index) => {
      const pair = read[index];
      if (operation.kind === 'delete') return pair === undefined;
      if (pair === undefined) return false;
      revisions.add(integerOf(pair.modRevision));
      return pair.value === operation.value && pair.lease === operation.lease;
    });
  if (ours && revisions.size <= 1) return { committed: true, revision: [...revisions][0] ?? revision };
  throw storeErrors.error(
    'unavailable',
    'etcd broke off during a transaction, and its keys have changed since: it may or may not have been done.',
    { hint: 'Read the keys again and decide anew.' },
  );
}
