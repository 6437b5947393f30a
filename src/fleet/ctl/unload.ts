// fleetctl unload.

import type { Context } from './context.ts';
import { takeDown } from './take-down.ts';

export function run(context: Context): Promise<number> {
  return takeDown(context, {
    goal: 'inactive',
    command: 'unload',
    doing: 'unloading',
    done: 'unloaded',
    skips: ({ desiredState }) => desiredState === 'inactive',
    refuses: () => undefined,
  });
}
