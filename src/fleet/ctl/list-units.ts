// fleetctl list-units: what runs where, a line for each unit and machine.

import type { Machine, UnitState } from '../model.ts';
import { byName, type Columns, chosenFields, printJson, printTable, showHash } from './columns.ts';
import { type Context, machinesByID } from './context.ts';
import { listed } from './list-unit-files.ts';
import { showMachine } from './waiting.ts';

export async function run(context: Context): Promise<number> {
  const fields = chosenFields(context.flags.text('fields') ?? '', unitColumns(new Map(), false));
  const client = await context.client();
  const [{ units }, machines] = await listed(Promise.all([client.units(), machinesByID(client)]));
  const states = [...units.values()]
    .flatMap((unit) => unit.states)
    .sort(byName(({ name, machineID }) => `${name}\0${machineID}`));
  if (context.flags.bool('json')) printJson(context, states);
  else printTable(context, unitColumns(machines, context.flags.bool('full')), fields, states);
  return 0;
}

export function unitColumns(machines: ReadonlyMap<string, Machine>, full: boolean): Columns<UnitState> {
  return {
    unit: ({ name }) => name,
    machine: ({ machineID }) => (machineID === '' ? '-' : showMachine(machineID, machines, full)),
    load: ({ systemdLoadState }) => systemdLoadState || '-',
    active: ({ systemdActiveState }) => systemdActiveState || '-',
    sub: ({ systemdSubState }) => systemdSubState || '-',
    hash: ({ hash }) => showHash(hash, full),
  };
}
