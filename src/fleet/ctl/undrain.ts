// fleetctl undrain: the machine takes units again.

import { printJson } from './columns.ts';
import { type Context, machinesByID } from './context.ts';
import { findMachine } from './remote.ts';
import { showMachine } from './waiting.ts';

export async function run(context: Context): Promise<number> {
  const client = await context.client();
  const machines = await machinesByID(client);
  const id = findMachine(context.operands[0] ?? '', machines);
  await client.call('DELETE', `machines/${id}/drain`);
  if (context.flags.bool('json')) printJson(context, { machine: id });
  else context.output.out(`Machine ${showMachine(id, machines)} takes units again\n`);
  return 0;
}
