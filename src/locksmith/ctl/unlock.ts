// locksmithctl unlock.

import { CodedError } from '../../host/index.ts';
import type { Context } from './context.ts';
import { meantId } from './own-id.ts';

export async function run(context: Context): Promise<number> {
  const lock = await context.lock();
  const id = await meantId(context);
  if (id === undefined) return 1;
  try {
    await lock.give(id);
    return 0;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    context.err(`Error unlocking: ${error.message}`);
    return 1;
  }
}
