// locksmithctl reboot: takes the lock, then lets systemd reboot.

import { CodedError } from '../../host/index.ts';
import { connectLogin1 } from '../../systemd/index.ts';
import { machineName } from '../machine-id.ts';
import type { Context } from './context.ts';
import { meantId } from './own-id.ts';

export async function run(context: Context): Promise<number> {
  const { err } = context;
  if (process.geteuid?.() !== 0) {
    err('Must be root to initiate reboot.');
    return 1;
  }
  const lock = await context.lock();
  const id = await meantId({ operands: [], err });
  if (id === undefined) return 1;
  const had = (await lock.status()).holders.some((holder) => holder.id === id);
  try {
    const held = await lock.acquire({ id, name: machineName(), reason: 'locksmithctl reboot' });
    held.leave();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    err(`Error locking: ${error.message}`);
    return 1;
  }
  try {
    await (await connectLogin1()).reboot();
    return 0;
  } catch (error) {
    // What was taken for a reboot that does not come is given back.
    if (!had) await lock.release(id).catch(() => {});
    throw error;
  }
}
