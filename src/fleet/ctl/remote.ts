// Commands on machines of the cluster: here when it is this machine, else by SSH.

import { CodedError, readFileIfExists } from '../../host/index.ts';
import { parseSshHost, runRemote, type SshHost, shellCommand, spawnAttached } from '../../ssh/index.ts';
import { fleetErrors } from '../errors.ts';
import type { Machine, UnitStatus } from '../model.ts';
import type { Context } from './context.ts';
import { machinesLike, machinesOf } from './unit-address.ts';
import { showMachine } from './waiting.ts';

/** Runs the program on that machine, without our input; returns its exit status, 255 for no connection. */
export async function runOn(
  context: Context,
  machineID: string,
  machines: ReadonlyMap<string, Machine>,
  words: readonly string[],
): Promise<number> {
  const [program = '', ...args] = words;
  if (machineID === (await localMachineID())) return spawnAttached(program, args, false, context.signal);
  return runRemote(
    {
      host: machineHost(context, machineID, machines),
      command: shellCommand(words),
      input: false,
      signal: context.signal,
    },
    await context.ssh(),
  );
}

/**
 * Runs the program on every machine that has the global unit, each under a line that names it. Where it cannot
 * be run, or without words, what the cluster knows of the unit there has to do. Returns the first exit status
 * that is not 0.
 */
export async function onEachMachine(
  context: Context,
  unit: UnitStatus,
  machines: ReadonlyMap<string, Machine>,
  words: readonly string[] | undefined,
): Promise<number> {
  const { output } = context;
  let first = 0;
  for (const [index, { machineID, systemdActiveState, systemdSubState }] of unit.states.entries()) {
    const place = `${unit.name} on ${showMachine(machineID, machines)}:`;
    if (words === undefined) {
      output.out(`${place} ${systemdActiveState} (${systemdSubState})\n`);
      continue;
    }
    output.out(`${index > 0 ? '\n' : ''}${place}\n`);
    try {
      const status = await runOn(context, machineID, machines, words);
      first ||= status;
    } catch (error) {
      if (context.signal.aborted || !(error instanceof CodedError)) throw error;
      output.out(`${systemdActiveState} (${systemdSubState})\n`);
      output.err(error.message);
    }
  }
  return first;
}

/** The address to log in at. Throws `fleet.missing` when the machine publishes none. */
export function machineHost(
  context: Context,
  machineID: string,
  machines: ReadonlyMap<string, Pick<Machine, 'primaryIP'>>,
): SshHost {
  const ip = machines.get(machineID)?.primaryIP ?? '';
  if (ip === '') {
    throw fleetErrors.error('missing', `Machine ${machineID} publishes no address to log in at.`, {
      hint: 'Set public_ip in its fleet.conf.',
    });
  }
  const port = context.flags.number('ssh-port') ?? 22;
  return { ...parseSshHost(ip), ...(port === 22 ? {} : { port }) };
}

/** The machine with this ID, beginning of an ID, or address. Throws `fleet.missing` unless there is exactly one. */
export function findMachine(prefix: string, machines: ReadonlyMap<string, Machine>): string {
  const found = machinesLike(prefix, machines);
  const [only] = found;
  if (only === undefined) throw fleetErrors.error('missing', `There is no machine ${prefix} in the cluster.`);
  if (found.length > 1) {
    throw fleetErrors.error(
      'missing',
      `found more than one machine beginning with ${prefix}: ${found.join(', ')}.`,
    );
  }
  return only;
}

/** The machine that was named for a unit. Throws `fleet.missing` when the unit is not on it. */
export function findMachineOf(
  unit: UnitStatus,
  machine: string,
  machines: ReadonlyMap<string, Machine>,
): string {
  const id = findMachine(machine, machines);
  const has = machinesOf(unit);
  if (has.includes(id)) return id;
  const where = has.length === 0 ? 'It is on no machine.' : `It is on ${has.map(shown).join(', ')}.`;
  throw fleetErrors.error('missing', `Unit ${unit.name} is not on machine ${shown(id)}.`, { hint: where });
  function shown(one: string): string {
    return showMachine(one, machines);
  }
}

/** The ID of the machine that fleetctl runs on; empty when it has none. */
export async function localMachineID(): Promise<string> {
  return (await readFileIfExists('/etc/machine-id'))?.trim() ?? '';
}
