// fleetctl list-unit-files: all units of the cluster, wanted and reached.

import { CodedError } from '../../host/index.ts';
import type { Machine, UnitStatus } from '../model.ts';
import { byName, type Columns, chosenFields, printJson, printTable, showHash } from './columns.ts';
import { type Context, machinesByID } from './context.ts';
import { showMachine } from './waiting.ts';

export async function run(context: Context): Promise<number> {
  const full = context.flags.bool('full');
  const fields = chosenFields(context.flags.text('fields') ?? '', fileColumns(new Map(), new Map(), full));
  if (fields.includes('tmachine')) {
    context.output.err('WARNING: The "tmachine" field is deprecated. Use "target" instead');
  }
  const client = await context.client();
  const [{ units }, machines, contents] = await listed(
    Promise.all([client.units(), machinesByID(client), fields.includes('desc') ? client.contents() : []]),
  );
  const rows = [...units.values()].sort(byName(({ name }) => name));
  const descriptions = new Map(
    contents.map(({ name, options }) => [
      name,
      options.find((option) => option.section === 'Unit' && option.name === 'Description')?.value ?? '',
    ]),
  );
  if (context.flags.bool('json')) printJson(context, rows);
  else printTable(context, fileColumns(machines, descriptions, full), fields, rows);
  return 0;
}

export function fileColumns(
  machines: ReadonlyMap<string, Machine>,
  descriptions: ReadonlyMap<string, string>,
  full: boolean,
): Columns<UnitStatus> {
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
  };
}

/** Gives an error of the API the beginning that fleet gives it. */
export async function listed<Result>(result: Promise<Result>): Promise<Result> {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const text = `Error retrieving list of units from repository: ${error.message}`;
    throw new CodedError(error.code, error, text, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}
