// Restarts for a server that has none of its own: units are stopped, waited for, and started. A global unit
// is so on all its machines at once.

import type { UnitRequest, UnitStatus } from '../model.ts';
import { sendChanges } from './bring.ts';
import type { FleetClient } from './client.ts';
import { type Context, usage } from './context.ts';
import type { UnitResults } from './unit-results.ts';
import { waitFor, waitLimit } from './wait.ts';

const doing = { doing: 'restarting' };

/** Returns how many units did not make it. */
export async function restartInSteps(
  context: Context,
  client: FleetClient,
  up: readonly { readonly unit: UnitStatus; readonly machineID?: string }[],
  results: UnitResults,
): Promise<number> {
  const { output, flags } = context;
  if (up.some(({ unit, machineID }) => unit.global && machineID !== undefined)) {
    throw usage('fleetd there cannot restart a global unit on one machine; it is older than this fleetctl.');
  }
  const limit = waitLimit(flags, output.interactive);
  const all = up.map(({ unit }) => unit);
  const running = all.filter(({ desiredState }) => desiredState === 'launched');
  const stops = running.map(({ name }): UnitRequest => ({ name, desiredState: 'loaded' }));
  const refused = new Set(await sendChanges(client, stops, doing, results));
  const stopping = running.filter(({ name }) => !refused.has(name));
  const stuck = await waitFor(
    context,
    client,
    stopping.map(({ name, hash }) => ({ name, hash, goal: 'loaded' })),
    limit,
    { verb: 'stopped', results, onReached: () => {} },
  );
  // A unit that does not stop in time is still to run in the end.
  const starts = all
    .filter(({ name }) => !refused.has(name))
    .map(({ name }): UnitRequest => ({ name, desiredState: 'launched' }));
  for (const name of await sendChanges(client, starts, doing, results)) refused.add(name);
  const late = new Set(stuck.map(({ name }) => name));
  const going = all.filter(({ name }) => !refused.has(name) && !late.has(name));
  const noBlock = flags.bool('no-block');
  for (const { name, global } of going) {
    if (global || noBlock) results.triggered(name, global, 'start');
  }
  const waited = going.filter(({ global }) => !global && !noBlock);
  const failed = await waitFor(
    context,
    client,
    waited.map(({ name, hash }) => ({ name, hash, goal: 'launched' })),
    limit,
    {
      verb: 'started',
      results,
      onReached: (name, place, machineID) => results.reached(name, 'launched', place, machineID),
    },
  );
  return refused.size + stuck.length + failed.length;
}
