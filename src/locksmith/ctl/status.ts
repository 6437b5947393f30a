// locksmithctl status: in the original's form; with --long and --json, all there is to know.

import { CodedError } from '../../host/index.ts';
import type { Context } from './context.ts';
import { describeHolder, describeWaiters } from './describe.ts';

export async function run({ flag, out, err, lock: connect }: Context): Promise<number> {
  const lock = await connect();
  try {
    const status = await lock.status();
    if (flag('json') === 'true') {
      out(`${JSON.stringify(status)}\n`);
      return 0;
    }
    out(`Available: ${status.available}\nMax: ${status.max}\n`);
    if (flag('long') !== 'true') {
      if (status.holders.length > 0)
        out(`\nMACHINE ID\n${status.holders.map(({ id }) => `${id}\n`).join('')}`);
      return 0;
    }
    for (const holder of status.holders) out(`\n${describeHolder(holder, status.group)}\n`);
    for (const line of describeWaiters(status)) out(`\n${line}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    err(`Error setting value: ${error.message}`);
    return 1;
  }
}
