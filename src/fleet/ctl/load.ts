// fleetctl load.

import { bringUnits } from './bring.ts';
import type { Context } from './context.ts';

export function run(context: Context): Promise<number> {
  return bringUnits(context, { goal: 'loaded', command: 'load', doing: 'loading', done: 'loaded' });
}
