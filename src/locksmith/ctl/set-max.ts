// locksmithctl set-max.

import { CodedError } from '../../host/index.ts';
import type { Context } from './context.ts';

export async function run({ operands, out, err, lock: connect }: Context): Promise<number> {
  const [text, ...more] = operands;
  if (text === undefined || more.length > 0) {
    err('New maximum value must be set.');
    return 1;
  }
  const lock = await connect();
  const wanted = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(wanted)) {
    err(`Invalid maximum value: ${text}`);
    return 1;
  }
  try {
    const { old, max } = await lock.setMax(wanted);
    out(`Old-Max: ${old}\nMax: ${max}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    err(`Error setting value: ${error.message}`);
    return 1;
  }
}
