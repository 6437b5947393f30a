// fleetctl list-machines.

import { CodedError } from '../../host/index.ts';
import type { Machine } from '../model.ts';
import { byName } from './columns.ts';
import type { Context } from './context.ts';
import { fieldsOf, type Listing, printListing } from './listing.ts';

export async function run(context: Context): Promise<number> {
  const listing = machineListing(context.flags.bool('full'));
  const fields = fieldsOf(context, listing);
  if (context.flags.bool('watch')) {
    const { watchListing } = await import('./watch.ts');
    return watchListing(context, listing, fields).catch(withPossibleIssues);
  }
  const client = await context.client();
  const machines = await client.machines().catch(withPossibleIssues);
  printListing(context, listing, fields, machines, new Map());
  return 0;
}

export function machineListing(full: boolean): Listing<Machine> {
  return {
    columns: () => ({
      machine: ({ id }) => (full ? id : `${id.slice(0, 8)}...`),
      ip: ({ primaryIP }) => primaryIP || '-',
      metadata: ({ metadata }) => {
        const pairs = Object.entries(metadata).sort(byName(([key]) => key));
        return pairs.map(([key, value]) => `${key}=${value}`).join(',') || '-';
      },
      drain: ({ drain }) => (drain === undefined ? '-' : drain.reason || `since ${drain.since}`),
    }),
    identity: ['machine'],
    key: ({ id }) => id,
    ofUnit: () => [],
    ofMachine: (machine) => [machine],
    json: (machine) => machine,
  };
}

function withPossibleIssues(error: unknown): never {
  if (!(error instanceof CodedError)) throw error;
  const text = `Error retrieving list of active machines from fleet API (${error.message})`;
  throw new CodedError(error.code, error, text, {
    cause: error,
    hint: [
      'Possible issues:',
      '  etcd is unhealthy and/or lost quorum',
      '  connection cannot be established to any etcd servers',
    ].join('\n'),
  });
}
