// The form of what carries out one kind of operation.

import type { OperationKind, OperationOf, Outcome } from '../model.ts';
import type { Machine } from './machine.ts';

export interface Executor<Kind extends OperationKind> {
  /** Whether the machine is already as the operation wants it. Changes nothing. */
  settled(operation: OperationOf<Kind>, machine: Machine): Promise<boolean>;
  /** Makes it so. Throws, with a sentence, when it cannot. */
  perform(operation: OperationOf<Kind>, machine: Machine): Promise<Outcome>;
}

export const done: Outcome = { result: 'done' };
