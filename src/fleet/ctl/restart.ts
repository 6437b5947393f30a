// fleetctl restart: units start anew where they are, each by one job of systemd; what is stopped is started.

import { fleetErrors } from '../errors.ts';
import type { Machine, RestartRequest, UnitRequest, UnitResult, UnitStatus } from '../model.ts';
import { listOf } from './answers.ts';
import { sendChanges } from './bring.ts';
import type { FleetClient } from './client.ts';
import { type Context, machinesByID } from './context.ts';
import { type PlannedUnit, planUnits } from './plan.ts';
import { findMachineOf } from './remote.ts';
import { unitAddress } from './unit-address.ts';
import { UnitResults } from './unit-results.ts';
import { waitFor, waitLimit } from './wait.ts';
import { machinesToRoll, type Wanted } from './waiting.ts';

const doing = { doing: 'restarting' };

interface Target {
  readonly unit: UnitStatus;
  /** The one machine that was named. */
  readonly machineID?: string;
}

export async function run(context: Context): Promise<number> {
  const results = new UnitResults(context);
  if (context.operands.length === 0) context.output.err('No units given');
  const bad = context.operands.length === 0 ? 0 : await restartGiven(context, results);
  results.end();
  return bad > 0 ? 1 : 0;
}

/** Returns how many units did not make it. */
async function restartGiven(context: Context, results: UnitResults): Promise<number> {
  const { output } = context;
  const client = await context.client();
  const { targets, missing, units } = await readTargets(context, client);
  const isDown = ({ unit }: Target) =>
    unit.desiredState === 'inactive' ||
    (!unit.global && unit.currentState === 'inactive' && !isUnreported(unit));
  for (const { unit } of targets.filter(isDown)) {
    const message = `Unable to restart unit ${unit.name} in state inactive`;
    output.err(message);
    results.note({ name: unit.name, outcome: 'unchanged', message });
    if (unit.waiting !== undefined) output.err(unit.waiting);
  }
  const up = targets.filter((target) => !isDown(target));
  if (context.flags.bool('dry-run')) return tellRestarts(client, up, missing, results);
  const refused = (await sendChanges(client, missing, doing, results, units)).size;
  return (await restartAll(context, client, up, results)) + refused;
}

/**
 * A unit that has its machine, of which nothing is told: it is about to start, or what its machine told went with
 * the lease of a daemon that was stopped. It is not down; the restart waits for it.
 */
function isUnreported(unit: UnitStatus): boolean {
  return unit.assignments.length > 0 && unit.states.length === 0;
}

/** The units that exist. Those that do not are to be stored from their files, but, as in fleet, not started. */
async function readTargets(
  context: Context,
  client: FleetClient,
): Promise<{
  readonly targets: readonly Target[];
  readonly missing: readonly UnitRequest[];
  readonly units: readonly PlannedUnit[];
}> {
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
  const targets = units.flatMap(({ existing }): Target[] =>
    existing === undefined ? [] : [{ unit: existing }],
  );
  const named = addresses.filter(({ machine }) => machine !== undefined);
  if (named.length === 0) return { targets, missing, units };
  const [list, machines] = await Promise.all([
    client.units(named.map(({ name }) => name)),
    machinesByID(client),
  ]);
  const onMachine = named.map(({ name, machine = '' }): Target => {
    const unit = list.units.get(name);
    if (unit === undefined) throw fleetErrors.error('missing', `Unit ${name} does not exist.`);
    return { unit, machineID: findMachineOf(unit, machine, machines) };
  });
  return { targets: [...targets, ...onMachine], missing, units };
}

async function tellRestarts(
  client: FleetClient,
  up: readonly Target[],
  missing: readonly UnitRequest[],
  results: UnitResults,
): Promise<number> {
  const { tellPlan } = await import('./dry-run.ts');
  const [running, loaded] = [true, false].map((launched) =>
    up.filter(({ unit }) => (unit.desiredState === 'launched') === launched),
  );
  const restarts = (running ?? []).map(
    ({ unit: { name }, machineID }): RestartRequest =>
      machineID === undefined ? { name } : { name, machineID },
  );
  const starts = (loaded ?? []).map(
    ({ unit: { name } }): UnitRequest => ({ name, desiredState: 'launched' }),
  );
  const asked = { changes: [...missing, ...starts], restarts };
  return tellPlan(client, asked, doing.doing, results);
}

async function restartAll(
  context: Context,
  client: FleetClient,
  up: readonly Target[],
  results: UnitResults,
): Promise<number> {
  if (up.length === 0) return 0;
  const running = up.filter(({ unit }) => unit.desiredState === 'launched');
  const loaded = up.filter(({ unit }) => unit.desiredState !== 'launched').map(({ unit }) => unit);
  const noBlock = context.flags.bool('no-block');
  const isRolled = ({ unit, machineID }: Target) => unit.global && machineID === undefined && !noBlock;
  const atOnce = running.filter((target) => !isRolled(target));
  const answers = await askToRestart(
    client,
    atOnce.map(({ unit: { name }, machineID }) => ({
      name,
      ...(machineID === undefined ? {} : { machineID }),
    })),
  );
  if (answers === undefined) {
    const { restartInSteps } = await import('./restart-in-steps.ts');
    return restartInSteps(context, client, up, results);
  }
  const refused = new Set(results.refusals(answers, doing.doing));
  const starts = loaded.map(({ name }): UnitRequest => ({ name, desiredState: 'launched' }));
  for (const name of await sendChanges(client, starts, doing, results)) refused.add(name);
  const going = [...atOnce, ...loaded.map((unit): Target => ({ unit }))].filter(
    ({ unit }) => !refused.has(unit.name),
  );
  for (const { unit, machineID } of going) {
    const global = unit.global && machineID === undefined;
    const verb = unit.desiredState === 'launched' ? 'restart' : 'start';
    if (global || noBlock) results.triggered(unit.name, global, verb);
  }
  if (noBlock) return refused.size;
  const wanted = going
    .filter(({ unit, machineID }) => !unit.global || machineID !== undefined)
    .map(({ unit: { name, hash }, machineID }): Wanted => {
      return { name, hash, goal: 'launched', ...(machineID === undefined ? {} : { machineID }) };
    });
  let count = refused.size + (await follow(context, client, wanted, results));
  for (const { unit } of running.filter(isRolled)) {
    count += (await roll(context, client, unit, results)) ? 0 : 1;
  }
  return count;
}

/** One machine after the other; the first that fails ends it, so that the others go on as they are. */
async function roll(
  context: Context,
  client: FleetClient,
  { name, hash, assignments }: UnitStatus,
  results: UnitResults,
): Promise<boolean> {
  const machines: Map<string, Machine> = await machinesByID(client);
  const { present, absent } = machinesToRoll(assignments, machines);
  for (const machineID of absent) {
    const message = `Machine ${machineID.slice(0, 8)}... is away; ${name} is not restarted there.`;
    context.output.err(message);
    results.note({ name, outcome: 'unchanged', machineID, message });
  }
  for (const [index, machineID] of present.entries()) {
    const answers = (await askToRestart(client, [{ name, machineID }])) ?? [];
    // It may have left a machine by itself meanwhile.
    if (answers.some((answer) => answer.outcome === 'refused' && answer.code === 404)) continue;
    const refused = results.refusals(answers, doing.doing).length;
    const wanted: Wanted = { name, hash, machineID, goal: 'launched' };
    if (refused === 0 && (await follow(context, client, [wanted], results)) === 0) continue;
    const left = present.length - index - 1;
    if (left > 0) {
      const rest = left === 1 ? 'the one machine that was' : `the ${left} machines that were`;
      context.output.err(`Unit ${name} goes on as it was on ${rest} to follow.`);
    }
    return false;
  }
  return true;
}

async function follow(
  context: Context,
  client: FleetClient,
  wanted: readonly Wanted[],
  results: UnitResults,
): Promise<number> {
  const { output, flags } = context;
  const failed = await waitFor(context, client, wanted, waitLimit(flags, output.interactive), {
    verb: 'restarted',
    results,
    onReached: (name, place, machineID) => results.reached(name, 'launched', place, machineID),
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
