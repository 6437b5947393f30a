// fleetctl list-units: what runs where, a line for each unit and machine.

import type { UnitState, UnitStatus } from '../model.ts';
import { showHash } from './columns.ts';
import { type Context, machinesByID } from './context.ts';
import { fieldsOf, type Listing, listed, printListing } from './listing.ts';
import { showMachine } from './waiting.ts';

export async function run(context: Context): Promise<number> {
  const { flags } = context;
  const listing = unitListing(flags.bool('full'), flags.bool('all'));
  const fields = fieldsOf(context, listing);
  if (flags.bool('watch')) {
    const { watchListing } = await import('./watch.ts');
    return listed(watchListing(context, listing, fields));
  }
  const client = await context.client();
  const [{ units }, machines] = await listed(Promise.all([client.units(), machinesByID(client)]));
  printListing(context, listing, fields, [...units.values()].flatMap(listing.ofUnit), machines);
  return 0;
}

/** A unit on a machine; or, with --all, one that is on none: all but its name is empty then. */
interface Row {
  readonly state: Omit<UnitState, 'reached' | 'assignmentRevision'>;
  readonly waiting: string;
  /** What the server told. */
  readonly told: unknown;
}

export function unitListing(full: boolean, all: boolean): Listing<Row> {
  return {
    columns: (machines) => ({
      unit: ({ state }) => state.name,
      machine: ({ state }) => (state.machineID === '' ? '-' : showMachine(state.machineID, machines, full)),
      load: ({ state }) => state.systemdLoadState || '-',
      active: ({ state }) => state.systemdActiveState || '-',
      sub: ({ state }) => state.systemdSubState || '-',
      hash: ({ state }) => showHash(state.hash, full),
      waiting: ({ waiting }) => waiting || '-',
    }),
    identity: ['unit', 'machine'],
    key: ({ state }) => `${state.name}\0${state.machineID}`,
    ofUnit: (unit) => {
      const rows = unit.states.map((state): Row => ({ state, waiting: state.problem ?? '', told: state }));
      return all ? [...rows, ...missing(unit)] : rows;
    },
    ofMachine: () => [],
    json: ({ told }) => told,
  };
}

/** Where the unit is to be and is not known to be, or that it is nowhere. */
function missing({ name, desiredState, assignments, states, waiting = '' }: UnitStatus): Row[] {
  if (desiredState === 'inactive') return [];
  const row = (machineID: string): Row => ({
    state: { name, machineID, hash: '', systemdLoadState: '', systemdActiveState: '', systemdSubState: '' },
    waiting,
    told: { name, ...(machineID === '' ? {} : { machineID }), ...(waiting === '' ? {} : { waiting }) },
  });
  if (assignments.length === 0 && states.length === 0) return [row('')];
  const seen = new Set(states.map(({ machineID }) => machineID));
  return assignments.filter(({ machineID }) => !seen.has(machineID)).map(({ machineID }) => row(machineID));
}
