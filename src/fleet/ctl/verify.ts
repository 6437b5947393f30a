// fleetctl verify: signatures of units were given up by fleet itself; the command only says so.

import type { Context } from './context.ts';

export async function run(context: Context): Promise<number> {
  context.output.err('WARNING: The signed/verified units feature is DEPRECATED and cannot be used.');
  return 2;
}
