// fleetctl list-machines.

import { CodedError } from '../../host/index.ts';
import type { Machine } from '../model.ts';
import { byName, type Columns, chosenFields, printJson, printTable } from './columns.ts';
import type { Context } from './context.ts';

export async function run(context: Context): Promise<number> {
  const columns = machineColumns(context.flags.bool('full'));
  const fields = chosenFields(context.flags.text('fields') ?? '', columns);
  const client = await context.client();
  const machines = [...(await client.machines().catch(withPossibleIssues))].sort(byName(({ id }) => id));
  if (context.flags.bool('json')) printJson(context, machines);
  else printTable(context, columns, fields, machines);
  return 0;
}

export function machineColumns(full: boolean): Columns<Machine> {
  return {
    machine: ({ id }) => (full ? id : `${id.slice(0, 8)}...`),
    ip: ({ primaryIP }) => primaryIP || '-',
    metadata: ({ metadata }) => {
      const pairs = Object.entries(metadata).sort(byName(([key]) => key));
      return pairs.map(([key, value]) => `${key}=${value}`).join(',') || '-';
    },
    drain: ({ drain }) => (drain === undefined ? '-' : drain.reason || `since ${drain.since}`),
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
