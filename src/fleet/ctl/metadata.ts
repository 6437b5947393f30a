// fleetctl metadata: a machine's metadata, shown or changed while it runs.

import { printJson } from './columns.ts';
import { type Context, machinesByID, usage } from './context.ts';
import { findMachine } from './remote.ts';

export async function run(context: Context): Promise<number> {
  const { flags, operands } = context;
  const [machine = '', ...words] = operands;
  const changes = words.map(readChange);
  const client = await context.client();
  const id = findMachine(machine, await machinesByID(client));
  if (changes.length > 0) {
    await client.patchMachines(
      changes.map(({ key, value }) => ({
        op: value === undefined ? 'remove' : 'add',
        path: `/${id}/metadata/${key}`,
        ...(value === undefined ? {} : { value: { value } }),
      })),
    );
  }
  const metadata = (await machinesByID(client)).get(id)?.metadata ?? {};
  if (flags.bool('json')) printJson(context, metadata);
  else for (const [key, value] of Object.entries(metadata).sort()) context.output.out(`${key}=${value}\n`);
  return 0;
}

/** `key=value` sets, `key-` removes. */
function readChange(word: string): { key: string; value: string | undefined } {
  const [, key = '', value] = /^([A-Za-z0-9_.-]+?)(?:=(.+)|-)$/s.exec(word) ?? [];
  if (key === '') throw usage(`${JSON.stringify(word)} is neither KEY=VALUE nor KEY-.`);
  return { key, value };
}
