// What submit, load and start share: store what is missing, ask for a state, wait for it.

import type { TargetState, UnitRequest, UnitResult } from '../model.ts';
import type { FleetClient } from './client.ts';
import type { Context } from './context.ts';
import { type PlannedUnit, planUnits } from './plan.ts';
import { unitRequest } from './unit-arguments.ts';
import { UnitResults } from './unit-results.ts';
import { waitFor, waitLimit } from './wait.ts';
import { isStarting, type Wanted } from './waiting.ts';

export interface Bringing {
  readonly goal: TargetState;
  /** "start" and "load", for "Triggered unit N start". */
  readonly command: string;
  /** "starting", for errors. */
  readonly doing: string;
  /** "started", for progress. */
  readonly done: string;
}

/** Returns the exit status. */
export async function bringUnits(context: Context, bringing: Bringing): Promise<number> {
  const results = new UnitResults(context);
  if (context.operands.length === 0) context.output.err('No units given');
  const bad = context.operands.length === 0 ? 0 : await bringAll(context, results, bringing);
  results.end();
  return bad > 0 ? 1 : 0;
}

/** Returns how many units did not make it. */
async function bringAll(context: Context, results: UnitResults, bringing: Bringing): Promise<number> {
  const { flags, output } = context;
  const client = await context.client();
  const { units } = await planUnits(context, client, bringing.goal);
  for (const { name, content } of units) {
    const note = content.kind === 'keep' ? content.note : undefined;
    results.note({ name, outcome: 'unchanged', ...(note === undefined ? {} : { message: note.text }) });
    if (note?.stream === 'out') results.remark(note.text);
    else if (note !== undefined) output.err(note.text);
  }
  const wished = units.flatMap(({ name, content, existing }) => {
    const request = unitRequest(name, content, existing, bringing.goal);
    return request === undefined ? [] : [request];
  });
  if (flags.bool('dry-run')) {
    const { tellPlan } = await import('./dry-run.ts');
    return tellPlan(client, { changes: wished }, bringing.doing, results);
  }
  const kept = await keptInPlace(context, client, wished, units, bringing, results);
  const requests = wished.filter(({ name }) => !kept.has(name));
  const refused = await sendChanges(client, requests, bringing, results, units);
  const asked = new Set(requests.map(({ name }) => name));
  const going = units.filter(
    (unit) =>
      !refused.has(unit.name) && !kept.has(unit.name) && (asked.has(unit.name) || isUnderWay(unit, bringing)),
  );
  const noBlock = flags.bool('no-block');
  if (bringing.goal !== 'inactive') {
    for (const { name, global } of going) {
      if (global || noBlock) results.triggered(name, global, bringing.command);
    }
  }
  if (noBlock) return refused.size + kept.size;
  const failed = await waitFor(
    context,
    client,
    going.flatMap((unit) => wantedOf(unit, bringing.goal)),
    waitLimit(flags, output.interactive),
    {
      verb: bringing.done,
      results,
      onReached: (name, place, id) => results.reached(name, bringing.goal, place, id),
    },
  );
  const [late] = failed.filter(({ timedOut }) => timedOut);
  if (late !== undefined) output.err(`Error waiting for unit states, exit status: ${late.message}`);
  return refused.size + kept.size + failed.length;
}

/** Units that go on with their old content, since no machine would take the new one. */
async function keptInPlace(
  { output }: Context,
  client: FleetClient,
  requests: readonly UnitRequest[],
  units: readonly PlannedUnit[],
  { doing }: Bringing,
  results: UnitResults,
): Promise<ReadonlySet<string>> {
  if (!requests.some(({ replace }) => replace === true)) return new Set();
  const { losingTheirPlace } = await import('./replacing.ts');
  const losing = await losingTheirPlace(client, requests, units);
  for (const [name, reason] of losing) {
    const message = `it is not replaced and goes on as it is, since no machine takes the new content. ${reason}`;
    output.err(`Error ${doing} units: ${name}: ${message}`);
    results.note({ name, outcome: 'refused', message });
  }
  return new Set(losing.keys());
}

/** Somebody asked for the same before, and it has not come to its end. */
function isUnderWay({ existing, global }: PlannedUnit, { goal }: Bringing): boolean {
  return goal === 'launched' && !global && existing?.desiredState === goal && isStarting(existing);
}

function wantedOf(unit: PlannedUnit, goal: TargetState): Wanted[] {
  const { name, content, global } = unit;
  if (global || (goal === 'inactive' && content.kind === 'create')) return [];
  const hash =
    content.kind === 'keep' ? unit.existing?.hash : content.kind === 'error' ? undefined : content.hash;
  return [{ name, goal, ...(hash === undefined ? {} : { hash }) }];
}

/** Sends all changes in one request; tells what was created and refused; returns the names refused. */
export async function sendChanges(
  client: FleetClient,
  requests: readonly UnitRequest[],
  { doing }: Pick<Bringing, 'doing'>,
  results: UnitResults,
  units: readonly PlannedUnit[] = [],
): Promise<ReadonlySet<string>> {
  const answers: readonly UnitResult[] = requests.length === 0 ? [] : await client.change(requests);
  const globals = new Set(units.filter(({ global }) => global).map(({ name }) => name));
  for (const { name, outcome } of answers) {
    if (outcome === 'created') results.created(name, globals.has(name));
  }
  return new Set(results.refusals(answers, doing));
}
