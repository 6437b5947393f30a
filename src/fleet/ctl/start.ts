// fleetctl start.

import { bringUnits } from './bring.ts';
import type { Context } from './context.ts';

export function run(context: Context): Promise<number> {
  return bringUnits(context, { goal: 'launched', command: 'start', doing: 'starting', done: 'started' });
}
