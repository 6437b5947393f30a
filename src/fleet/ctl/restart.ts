// fleetctl restart: units start anew where they are, each by one job of systemd; what is stopped is started.

import { fleetErrors } from '../errors.ts';
import type { Machine, RestartRequest, UnitRequest, UnitResult, UnitStatus } from '../model.ts';
import { listOf } from './answers.ts';
import { sendChanges, tellResults } from './bring.ts';
import type { FleetClient } from './client.ts';
import { type Context, machinesByID } from './context.ts';
import { planUnits } from './plan.ts';
import { findMachineOf } from './remote.ts';
import { unitAddress } from './unit-address.ts';
import { nameUnits, waitFor, waitLimit } from './wait.ts';
import { machinesToRoll, type Wanted } from './waiting.ts';

const doing = { doing: 'restarting' };

interface Target {
  readonly unit: UnitStatus;
  /** The one machine that was named. */
  readonly machineID?: string;
}

export async function run(context: Context): Promise<number> {
  const { output } = context;
  if (context.operands.length === 0) {
    output.err('No units given');
    return 0;
  }
  const client = await context.client();
  const { targets, refused } = await readTargets(context, client);
  const isDown = ({ unit }: Target) =>
    unit.desiredState === 'inactive' || (!unit.global && unit.currentState === 'inactive');
  for (const { unit } of targets.filter(isDown)) {
    output.err(`Unable to restart unit ${unit.name} in state inactive`);
    if (unit.waiting !== undefined) output.err(unit.waiting);
  }
  const up = targets.filter((target) => !isDown(target));
  const failed = (await restartAll(context, client, up)) + refused;
  return failed > 0 ? 1 : 0;
}

/** The units that exist. Those that do not are stored from their files, but, as in fleet, not started. */
async function readTargets(
  context: Context,
  client: FleetClient,
): Promise<{ readonly targets: readonly Target[]; readonly refused: number }> {
  const flag = context.flags.text('machine');
  const addresses = context.operands.map((operand) => {
    const { name, machine = flag } = unitAddress(operand);
    return { operand, name, machine };
  });
  const plain = addresses.filter(({ machine }) => machine === undefined).map(({ operand }) => operand);
  const { units } = await planUnits({ ...context, operands: plain }, client, 'launched');
  const missing = units.flatMap(({ name, content }): UnitRequest[] =>
    content.kind === 'create' ? [{ name, options: content.options, desiredState: 'inactive' }] : [],
  );
  const refused = (await sendChanges(context, client, missing, doing, units)).size;
  const targets = units.flatMap(({ existing }): Target[] =>
    existing === undefined ? [] : [{ unit: existing }],
  );
  const named = addresses.filter(({ machine }) => machine !== undefined);
  if (named.length === 0) return { targets, refused };
  const [list, machines] = await Promise.all([
    client.units(named.map(({ name }) => name)),
    machinesByID(client),
  ]);
  const onMachine = named.map(({ name, machine = '' }): Target => {
    const unit = list.units.get(name);
    if (unit === undefined) throw fleetErrors.error('missing', `Unit ${name} does not exist.`);
    return { unit, machineID: findMachineOf(unit, machine, machines) };
  });
  return { targets: [...targets, ...onMachine], refused };
}

/** Returns how many units did not make it. */
async function restartAll(context: Context, client: FleetClient, up: readonly Target[]): Promise<number> {
  if (up.length === 0) return 0;
  const { output, flags } = context;
  const running = up.filter(({ unit }) => unit.desiredState === 'launched');
  const loaded = up.filter(({ unit }) => unit.desiredState !== 'launched').map(({ unit }) => unit);
  const noBlock = flags.bool('no-block');
  const isRolled = ({ unit, machineID }: Target) => unit.global && machineID === undefined && !noBlock;
  const atOnce = running.filter((target) => !isRolled(target));
  const results = await askToRestart(
    client,
    atOnce.map(({ unit: { name }, machineID }) => ({
      name,
      ...(machineID === undefined ? {} : { machineID }),
    })),
  );
  if (results === undefined) {
    const { restartInSteps } = await import('./restart-in-steps.ts');
    return restartInSteps(context, client, up);
  }
  const refused = new Set(tellResults(context, results, doing));
  const starts = loaded.map(({ name }): UnitRequest => ({ name, desiredState: 'launched' }));
  for (const name of await sendChanges(context, client, starts, doing)) refused.add(name);
  const going = [...atOnce, ...loaded.map((unit): Target => ({ unit }))].filter(
    ({ unit }) => !refused.has(unit.name),
  );
  for (const { unit, machineID } of going) {
    const { name, global } = unit;
    const verb = unit.desiredState === 'launched' ? 'restart' : 'start';
    if (global && machineID === undefined) output.out(`Triggered global unit ${name} ${verb}\n`);
    else if (noBlock) output.out(`Triggered unit ${name} ${verb}\n`);
  }
  if (noBlock) return refused.size;
  const waited = going.filter(({ unit, machineID }) => !unit.global || machineID !== undefined);
  const failed = await follow(
    context,
    client,
    waited.map(({ unit, machineID }) => ({
      ...{ name: unit.name, hash: unit.hash, goal: 'launched' },
      ...(machineID === undefined ? {} : { machineID }),
    })),
  );
  let count = refused.size + failed;
  for (const { unit } of running.filter(isRolled)) count += (await roll(context, client, unit)) ? 0 : 1;
  return count;
}

/** One machine after the other; the first that fails ends it, so that the others go on as they are. */
async function roll(context: Context, client: FleetClient, unit: UnitStatus): Promise<boolean> {
  const { name, hash } = unit;
  const machines: Map<string, Machine> = await machinesByID(client);
  const { present, absent } = machinesToRoll(unit, machines);
  for (const id of absent) {
    context.output.err(`Machine ${id.slice(0, 8)}... is away; ${name} is not restarted there.`);
  }
  for (const [index, machineID] of present.entries()) {
    const results = (await askToRestart(client, [{ name, machineID }])) ?? [];
    // It may have left a machine by itself meanwhile.
    if (results.some((result) => result.outcome === 'refused' && result.code === 404)) continue;
    const refused = tellResults(context, results, doing);
    if (
      refused.length === 0 &&
      (await follow(context, client, [{ name, hash, machineID, goal: 'launched' }])) === 0
    )
      continue;
    const left = present.length - index - 1;
    if (left > 0) {
      const rest = left === 1 ? 'the one machine that was' : `the ${left} machines that were`;
      context.output.err(`${nameUnits([name])} goes on as it was on ${rest} to follow.`);
    }
    return false;
  }
  return true;
}

async function follow(context: Context, client: FleetClient, wanted: readonly Wanted[]): Promise<number> {
  const { output, flags } = context;
  const failed = await waitFor(context, client, wanted, waitLimit(flags, output.interactive), {
    verb: 'restarted',
    onReached: (name, place) => output.out(`Unit ${name} launched${place === '' ? '' : ` on ${place}`}\n`),
  });
  return failed.length;
}

/** Undefined when the server has no restart of its own. */
async function askToRestart(
  client: FleetClient,
  units: readonly RestartRequest[],
): Promise<readonly UnitResult[] | undefined> {
  try {
    return listOf<UnitResult>(await client.call('POST', 'restart', { units }), 'results', 'name');
  } catch (error) {
    if (fleetErrors.is(error, 'unsupported')) return undefined;
    throw error;
  }
}
