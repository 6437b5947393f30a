// fleetctl journal: the journal of a unit, from the machine that has it.

import { systemdName } from '../quadlet.ts';
import { type Context, machinesByID, usage } from './context.ts';
import type { FlagValues } from './flags.ts';
import { findMachineOf, onEachMachine, runOn } from './remote.ts';
import { unitAddress } from './unit-address.ts';

export async function run(context: Context): Promise<number> {
  const { output, flags } = context;
  const { name, machine } = unitAddress(context.operands[0] ?? '');
  const words = journalCommand(name, flags);
  const client = await context.client();
  const [{ units }, machines] = await Promise.all([client.units([name]), machinesByID(client)]);
  const unit = units.get(name);
  if (unit === undefined) {
    output.err(`Unit ${name} does not exist.`);
    return 1;
  }
  const only = machine ?? flags.text('machine');
  if (unit.global && only === undefined) {
    if (!flags.bool('follow')) return onEachMachine(context, unit, machines, words);
    output.err(`Unable to retrieve journal of global unit ${name}.`);
    output.err(`fleetctl logs -f ${name} follows it on all machines, ${name}@MACHINE is the unit on one.`);
    return 1;
  }
  const machineID = only === undefined ? unit.assignments[0]?.machineID : findMachineOf(unit, only, machines);
  if (machineID === undefined || (unit.currentState === 'inactive' && only === undefined)) {
    output.err(`Unit ${name} does not appear to be running.`);
    if (unit.waiting !== undefined) output.err(unit.waiting);
    return 1;
  }
  return runOn(context, machineID, machines, words);
}

/** The command to run there. Throws `cli.usage`. */
export function journalCommand(name: string, flags: FlagValues): string[] {
  const format = flags.text('output') ?? 'short';
  if (!/^[a-z][a-z-]*$/.test(format)) throw usage(`--output "${format}" is no output format of journalctl.`);
  const lines = flags.number('lines') ?? 10;
  if (!Number.isInteger(lines)) throw usage('--lines must be a whole number.');
  return [
    ...(flags.bool('sudo') ? ['sudo'] : []),
    ...['journalctl', '--unit', systemdName(name), '--no-pager', '-n', String(lines), '--output', format],
    ...(flags.bool('follow') ? ['-f'] : []),
  ];
}
