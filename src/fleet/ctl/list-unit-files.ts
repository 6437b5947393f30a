// fleetctl list-unit-files: all units of the cluster, wanted and reached.

import type { UnitStatus } from '../model.ts';
import { showHash } from './columns.ts';
import { type Context, machinesByID, usage } from './context.ts';
import { fieldsOf, type Listing, listed, printListing } from './listing.ts';
import { reachedOf, showMachine } from './waiting.ts';

export async function run(context: Context): Promise<number> {
  const { flags, output } = context;
  const descriptions = new Map<string, string>();
  const listing = fileListing(flags.bool('full'), descriptions);
  const fields = fieldsOf(context, listing);
  if (fields.includes('tmachine')) {
    output.err('WARNING: The "tmachine" field is deprecated. Use "target" instead');
  }
  if (flags.bool('watch')) {
    if (fields.includes('desc')) throw usage('desc cannot be watched: leave it out of --fields.');
    const { watchListing } = await import('./watch.ts');
    return listed(watchListing(context, listing, fields));
  }
  const client = await context.client();
  const [{ units }, machines, contents] = await listed(
    Promise.all([client.units(), machinesByID(client), fields.includes('desc') ? client.contents() : []]),
  );
  for (const { name, options } of contents) {
    const description = options.find((option) => option.section === 'Unit' && option.name === 'Description');
    descriptions.set(name, description?.value ?? '');
  }
  printListing(context, listing, fields, [...units.values()], machines);
  return 0;
}

export function fileListing(full: boolean, descriptions: ReadonlyMap<string, string>): Listing<UnitStatus> {
  return {
    columns: (machines) => {
      const target = ({ global, assignments }: UnitStatus): string => {
        if (global) return 'global';
        const id = assignments[0]?.machineID;
        return id === undefined ? '-' : showMachine(id, machines, full);
      };
      return {
        unit: ({ name }) => name,
        hash: ({ hash }) => showHash(hash, full),
        dstate: ({ desiredState }) => desiredState,
        state: ({ global, currentState }) => (global ? '-' : (currentState ?? '-')),
        target,
        tmachine: target,
        global: ({ global }) => String(global),
        desc: ({ name }) => descriptions.get(name) || '-',
        reached: showReached,
        waiting: (unit) => whyWaiting(unit) || '-',
      };
    },
    identity: ['unit'],
    key: ({ name }) => name,
    ofUnit: (unit) => [unit],
    ofMachine: () => [],
    json: (unit) => ({ ...unit, reached: reachedOf(unit) }),
  };
}

/** "launched(3/5)": on how many machines it is as it is wanted, of how many that it is to be on. */
function showReached(unit: UnitStatus): string {
  if (unit.desiredState === 'inactive') return 'inactive';
  const { machines, of } = reachedOf(unit);
  return `${unit.desiredState}(${machines}/${unit.global ? of : Math.max(1, of)})`;
}

/** What keeps the unit from being as it is wanted, where anything is known to. */
function whyWaiting({ waiting, states }: UnitStatus): string {
  return waiting ?? states.find(({ problem }) => problem !== undefined)?.problem ?? '';
}
