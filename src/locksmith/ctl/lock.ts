// locksmithctl lock.

import { CodedError } from '../../host/index.ts';
import type { Context } from './context.ts';
import { meantId } from './own-id.ts';

export async function run(context: Context): Promise<number> {
  const lock = await context.lock();
  const id = await meantId(context);
  if (id === undefined) return 1;
  try {
    await lock.take(id);
    return 0;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    context.err(`Error locking: ${error.message}`);
    return 1;
  }
}
