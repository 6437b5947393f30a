// fleetctl status: systemd's own words on units, from the machines that have them.

import { systemdName } from '../quadlet.ts';
import { fields } from './answers.ts';
import { printJson } from './columns.ts';
import { type Context, machinesByID } from './context.ts';
import { findMachineOf, onEachMachine, runOn } from './remote.ts';
import { unitAddress } from './unit-address.ts';

export async function run(context: Context): Promise<number> {
  const { flags, output } = context;
  const addresses = context.operands.map(unitAddress);
  const names = [...new Set(addresses.map(({ name }) => name))];
  if (names.length === 0) {
    output.err('No units given');
    return 0;
  }
  const client = await context.client();
  const [{ units }, machines] = await Promise.all([client.units(names), machinesByID(client)]);
  if (flags.bool('json')) {
    printJson(
      context,
      names.flatMap((name) => fields(units.get(name)) ?? []),
    );
    return names.every((name) => units.has(name)) ? 0 : 1;
  }
  for (const [index, { name, machine = flags.text('machine') }] of addresses.entries()) {
    if (index > 0) output.out('\n');
    const unit = units.get(name);
    if (unit === undefined) {
      output.err(`Unit ${name} does not exist.`);
      return 1;
    }
    const chosen = machine === undefined ? undefined : findMachineOf(unit, machine, machines);
    if (unit.global && chosen === undefined) {
      const words = ['systemctl', 'status', '-l', '--', systemdName(name)];
      const asked = flags.bool('no-block') ? undefined : words;
      const status = await onEachMachine(context, unit, machines, asked);
      if (status !== 0) return status;
      continue;
    }
    const machineID = chosen ?? unit.assignments[0]?.machineID;
    if (machineID === undefined) {
      output.err(`Unit ${name} does not appear to be loaded.`);
      if (unit.waiting !== undefined) output.err(unit.waiting);
      return 1;
    }
    const status = await runOn(context, machineID, machines, [
      'systemctl',
      'status',
      '-l',
      '--',
      systemdName(name),
    ]);
    if (status !== 0) return status;
  }
  return 0;
}
