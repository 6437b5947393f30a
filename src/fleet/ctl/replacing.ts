// A unit that is up is only replaced when the new content has a machine: else it would be stopped for nothing.

import { fleetErrors } from '../errors.ts';
import type { UnitRequest } from '../model.ts';
import type { FleetClient } from './client.ts';
import { plannedBy } from './dry-run.ts';
import type { PlannedUnit } from './plan.ts';

/** For each unit among the requests that would lose its machine by its new content, why. */
export async function losingTheirPlace(
  client: FleetClient,
  requests: readonly UnitRequest[],
  units: readonly PlannedUnit[],
): Promise<ReadonlyMap<string, string>> {
  const placed = new Set(
    units.flatMap(({ name, existing }) => ((existing?.assignments.length ?? 0) > 0 ? [name] : [])),
  );
  if (!requests.some(({ name, replace }) => replace === true && placed.has(name))) return new Map();
  try {
    const { plan } = await plannedBy(client, { changes: requests });
    const waiting = plan.filter(({ name, action }) => action === 'wait' && placed.has(name));
    return new Map(waiting.map(({ name, reason }) => [name, reason]));
  } catch (error) {
    // An older server cannot say beforehand.
    if (fleetErrors.is(error, 'unsupported')) return new Map();
    throw error;
  }
}
