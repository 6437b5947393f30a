// fleetctl restart: stops units, waits until they are stopped, then starts them.

import type { UnitRequest, UnitStatus } from '../model.ts';
import { sendChanges } from './bring.ts';
import type { Context } from './context.ts';
import { planUnits } from './plan.ts';
import { waitFor, waitLimit } from './wait.ts';

export async function run(context: Context): Promise<number> {
  const { output, flags } = context;
  if (context.operands.length === 0) {
    output.err('No units given');
    return 0;
  }
  const client = await context.client();
  const { units } = await planUnits(context, client, 'launched');
  // As in fleet, units that are missing are stored from their files, but not started.
  const missing = units.flatMap(({ name, content }): UnitRequest[] =>
    content.kind === 'create' ? [{ name, options: content.options, desiredState: 'inactive' }] : [],
  );
  const doing = { doing: 'restarting' };
  const refused = new Set(await sendChanges(context, client, missing, doing, units));
  const existing = units.flatMap((unit) => unit.existing ?? []);
  for (const { name } of existing.filter(isDown))
    output.err(`Unable to restart unit ${name} in state inactive`);
  const up = existing.filter((unit) => !isDown(unit));
  if (up.length === 0) return refused.size > 0 ? 1 : 0;
  const limit = waitLimit(flags, output.interactive);

  const running = up.filter(({ desiredState }) => desiredState === 'launched');
  const stops = running.map(({ name }): UnitRequest => ({ name, desiredState: 'loaded' }));
  for (const name of await sendChanges(context, client, stops, doing)) refused.add(name);
  const stuck = await waitFor(
    context,
    client,
    running
      .filter(({ name }) => !refused.has(name))
      .map(({ name, hash }) => ({ name, hash, goal: 'loaded' })),
    limit,
    { verb: 'stopped', onReached: () => {} },
  );
  // A unit that does not stop in time is still to run in the end.
  const starts = up.map(({ name }): UnitRequest => ({ name, desiredState: 'launched' }));
  for (const name of await sendChanges(
    context,
    client,
    starts.filter(({ name }) => !refused.has(name)),
    doing,
  )) {
    refused.add(name);
  }
  const going = up.filter(({ name }) => !refused.has(name) && !stuck.includes(name));
  for (const { name, global } of going) if (global) output.out(`Triggered global unit ${name} start\n`);
  const failed = await waitFor(
    context,
    client,
    going
      .filter(({ global }) => !global)
      .map(({ name, hash }) => ({
        name,
        hash,
        goal: 'launched',
      })),
    limit,
    {
      verb: 'started',
      onReached: (name, place) => output.out(`Unit ${name} launched${place === '' ? '' : ` on ${place}`}\n`),
    },
  );
  return refused.size + stuck.length + failed.length > 0 ? 1 : 0;
}

function isDown({ global, currentState, desiredState }: UnitStatus): boolean {
  return desiredState === 'inactive' || (!global && currentState === 'inactive');
}
