// fleetctl ssh: a shell or a command on a machine, found by its ID or by a unit that it has.

import { runRemote } from '../../ssh/index.ts';
import { fleetErrors } from '../errors.ts';
import type { Machine, UnitStatus } from '../model.ts';
import { type Context, machinesByID, usage } from './context.ts';
import { findMachine, findMachineOf, machineHost } from './remote.ts';
import { machinesLike, unitAddress } from './unit-address.ts';

export async function run(context: Context): Promise<number> {
  const { flags } = context;
  const [machine, unit] = [flags.text('machine'), flags.text('unit')];
  if (machine !== undefined && unit !== undefined) {
    throw fleetErrors.error('invalid', 'Both machine and unit flags provided, please specify only one.');
  }
  const named = machine ?? unit;
  const target = named ?? context.operands[0];
  const words = named === undefined ? context.operands.slice(1) : context.operands;
  if (target === undefined) throw usage('Say which machine: its ID, or a unit that it has.');
  const address = unitAddress(target);
  const client = await context.client();
  const [{ units }, machines] = await Promise.all([
    machine === undefined ? client.units([address.name]) : { units: new Map<string, UnitStatus>() },
    machinesByID(client),
  ]);
  const found = units.get(address.name);
  const machineID =
    machine !== undefined
      ? findMachine(machine, machines)
      : address.machine !== undefined && found !== undefined
        ? findMachineOf(found, address.machine, machines)
        : chooseMachine(target, found, unit === undefined ? machines : new Map());
  return runRemote(
    {
      host: machineHost(context, machineID, machines),
      // Joined unquoted, as fleet always did: the words may hold pipes and variables for the other side.
      ...(words.length === 0 ? {} : { command: words.join(' ') }),
      forwardAgent: flags.bool('forward-agent'),
      input: true,
      signal: context.signal,
    },
    await context.ssh(),
  );
}

/** The machine that `target` means. Throws `fleet.missing` when none or several are meant. */
export function chooseMachine(
  target: string,
  unit: UnitStatus | undefined,
  machines: ReadonlyMap<string, Machine>,
): string {
  const alike = machinesLike(target, machines);
  const [only] = alike;
  const found = alike.length === 1 ? only : undefined;
  if (unit?.global === true && found === undefined) {
    throw fleetErrors.error('invalid', `${unit.name} is a global unit, it is on every machine.`, {
      hint: `Name the machine: ${unit.name}@MACHINE, by the beginning of its ID or its address.`,
    });
  }
  const ofUnit = unit?.assignments[0]?.machineID;
  if (found !== undefined && unit !== undefined) {
    throw fleetErrors.error('conflict', `ambiguous argument, both machine and unit found for "${target}".`, {
      hint: 'Say which is meant with --machine or --unit.',
    });
  }
  const chosen = found ?? ofUnit;
  if (chosen !== undefined) return chosen;
  const hint = alike.length > 1 ? `Several machines begin so: ${alike.join(', ')}.` : unit?.waiting;
  throw fleetErrors.error(
    'missing',
    unit === undefined
      ? 'Unable to proceed: could not find matching unit or machine'
      : `Unable to proceed: unit ${unit.name} is on no machine.`,
    hint === undefined ? {} : { hint },
  );
}
