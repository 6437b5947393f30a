// What stop and unload share: units that exist are asked into a lower state, then waited for.

import type { UnitStatus } from '../model.ts';
import { sendChanges } from './bring.ts';
import type { Context } from './context.ts';
import { unitArguments } from './unit-arguments.ts';
import { waitFor, waitLimit } from './wait.ts';

export interface TakingDown {
  readonly goal: 'loaded' | 'inactive';
  readonly command: 'stop' | 'unload';
  readonly doing: string;
  readonly done: string;
  /** Whether there is nothing to do for that unit. */
  readonly skips: (unit: UnitStatus) => boolean;
  /** Why that unit cannot be asked for it; the command then ends before anything is changed. */
  readonly refuses: (unit: UnitStatus) => string | undefined;
}

/** Returns the exit status. */
export async function takeDown(context: Context, taking: TakingDown): Promise<number> {
  const { flags, output } = context;
  const names = unitArguments(context.operands).map(({ name }) => name);
  if (names.length === 0) {
    output.err('No units given');
    return 0;
  }
  const client = await context.client();
  const { units } = await client.units(names);
  const existing = names.flatMap((name) => units.get(name) ?? []);
  if (existing.length === 0) {
    output.err('Units not found in registry');
    return 0;
  }
  for (const unit of existing) {
    const reason = taking.refuses(unit);
    if (reason === undefined) continue;
    output.err(reason);
    return 1;
  }
  const concerned = existing.filter((unit) => !taking.skips(unit));
  const requests = concerned.map(({ name }) => ({ name, desiredState: taking.goal }));
  const refused = await sendChanges(context, client, requests, taking);
  const going = concerned.filter(({ name }) => !refused.has(name));
  for (const { name, global } of going) {
    if (global) output.out(`Triggered global unit ${name} ${taking.command}\n`);
    else if (flags.bool('no-block')) output.out(`Triggered unit ${name} ${taking.command}\n`);
  }
  const wanted = going.filter(({ global }) => !global && !flags.bool('no-block'));
  const failed = await waitFor(
    context,
    client,
    wanted.map(({ name, hash }) => ({ name, hash, goal: taking.goal })),
    waitLimit(flags, output.interactive),
    {
      verb: taking.done,
      onReached: (name, place) => {
        output.out(`Unit ${name} ${taking.goal}${place === '' ? '' : ` on ${place}`}\n`);
      },
    },
  );
  const down = going.map(({ name }) => name).filter((name) => !failed.includes(name));
  if (failed.length > 0) output.err(`Failed to ${taking.command} units [${failed.join(' ')}].`);
  else output.err(`Successfully ${taking.done} units [${down.join(' ')}].`);
  return refused.size + failed.length > 0 ? 1 : 0;
}
