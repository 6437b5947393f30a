// fleetctl submit.

import { bringUnits } from './bring.ts';
import type { Context } from './context.ts';

export function run(context: Context): Promise<number> {
  return bringUnits(context, { goal: 'inactive', command: 'submit', doing: 'creating', done: 'submitted' });
}
