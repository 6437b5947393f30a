// The machine that a command means: the one that is named, else this one.

import { machineId } from '../machine-id.ts';
import type { Context } from './context.ts';

/** The id, or undefined after having said that this machine has none. */
export async function meantId({
  operands,
  err,
}: Pick<Context, 'operands' | 'err'>): Promise<string | undefined> {
  const id = operands[0] ?? (await machineId());
  if (id === undefined) err('Cannot read machine-id');
  return id;
}
