// fleetctl stop.

import type { Context } from './context.ts';
import { takeDown } from './take-down.ts';

export function run(context: Context): Promise<number> {
  return takeDown(context, {
    goal: 'loaded',
    command: 'stop',
    doing: 'stopping',
    done: 'stopped',
    skips: ({ desiredState, global }) => desiredState === 'loaded' || (global && desiredState === 'inactive'),
    refuses: ({ name, global, currentState, desiredState }) => {
      if (global || currentState !== 'inactive') return undefined;
      const hint =
        desiredState === 'inactive'
          ? ''
          : `; it waits for a machine: "fleetctl unload ${name}" takes it back`;
      return `Unable to stop unit ${name} in state inactive${hint}`;
    },
  });
}
