// What stop and unload share: units that exist are asked into a lower state, then waited for.

import type { UnitStatus } from '../model.ts';
import { sendChanges } from './bring.ts';
import type { Context } from './context.ts';
import { unitArguments } from './unit-arguments.ts';
import { UnitResults } from './unit-results.ts';
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
  const results = new UnitResults(context);
  const names = unitArguments(context.operands).map(({ name }) => name);
  if (names.length === 0) context.output.err('No units given');
  const status = names.length === 0 ? 0 : await takeAllDown(context, taking, names, results);
  results.end();
  return status;
}

async function takeAllDown(
  context: Context,
  taking: TakingDown,
  names: readonly string[],
  results: UnitResults,
): Promise<number> {
  const { flags, output } = context;
  const client = await context.client();
  const { units } = await client.units(names);
  for (const name of names) results.note({ name, outcome: units.has(name) ? 'unchanged' : 'unknown' });
  const existing = names.flatMap((name) => units.get(name) ?? []);
  if (existing.length === 0) {
    output.err('Units not found in registry');
    return 0;
  }
  for (const unit of existing) {
    const reason = taking.refuses(unit);
    if (reason === undefined) continue;
    output.err(reason);
    results.note({ name: unit.name, outcome: 'refused', message: reason });
    return 1;
  }
  const concerned = existing.filter((unit) => !taking.skips(unit));
  const requests = concerned.map(({ name }) => ({ name, desiredState: taking.goal }));
  if (flags.bool('dry-run')) {
    const { tellPlan } = await import('./dry-run.ts');
    return tellPlan(client, { changes: requests }, taking.doing, results);
  }
  const refused = await sendChanges(client, requests, taking, results);
  const going = concerned.filter(({ name }) => !refused.has(name));
  for (const { name, global } of going) {
    if (global || flags.bool('no-block')) results.triggered(name, global, taking.command);
  }
  const wanted = going.filter(({ global }) => !global && !flags.bool('no-block'));
  const failed = await waitFor(
    context,
    client,
    wanted.map(({ name, hash }) => ({ name, hash, goal: taking.goal })),
    waitLimit(flags, output.interactive),
    {
      verb: taking.done,
      results,
      onReached: (name, place, machineID) => results.reached(name, taking.goal, place, machineID),
    },
  );
  const [first] = failed;
  if (first !== undefined) {
    const all = failed.map(({ name }) => name).join(' ');
    output.err(`Failed to ${taking.command} units [${all}]. err: ${first.message}`);
  } else output.err(`Successfully ${taking.done} units [${going.map(({ name }) => name).join(' ')}].`);
  return refused.size + failed.length > 0 ? 1 : 0;
}
