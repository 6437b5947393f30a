// What submit, load and start share: store what is missing, ask for a state, wait for it.

import type { TargetState, UnitRequest, UnitResult } from '../model.ts';
import { apiError } from './answers.ts';
import type { FleetClient } from './client.ts';
import type { Context } from './context.ts';
import { type PlannedUnit, planUnits } from './plan.ts';
import { unitRequest } from './unit-arguments.ts';
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
  const { flags, output } = context;
  if (context.operands.length === 0) {
    output.err('No units given');
    return 0;
  }
  const client = await context.client();
  const { units } = await planUnits(context, client, bringing.goal);
  for (const { content } of units) {
    if (content.kind !== 'keep' || content.note === undefined) continue;
    if (content.note.stream === 'out') output.out(`${content.note.text}\n`);
    else output.err(content.note.text);
  }
  const requests = units.flatMap(({ name, content, existing }) => {
    const request = unitRequest(name, content, existing, bringing.goal);
    return request === undefined ? [] : [request];
  });
  const refused = await sendChanges(context, client, requests, bringing, units);
  const asked = new Set(requests.map(({ name }) => name));
  const going = units.filter(
    (unit) => !refused.has(unit.name) && (asked.has(unit.name) || isUnderWay(unit, bringing)),
  );
  if (bringing.goal !== 'inactive') {
    for (const { name, global } of going) {
      if (global) output.out(`Triggered global unit ${name} ${bringing.command}\n`);
      else if (flags.bool('no-block')) output.out(`Triggered unit ${name} ${bringing.command}\n`);
    }
  }
  if (flags.bool('no-block')) return refused.size > 0 ? 1 : 0;
  const failed = await waitFor(
    context,
    client,
    going.flatMap((unit) => wantedOf(unit, bringing.goal)),
    waitLimit(flags, output.interactive),
    {
      verb: bringing.done,
      onReached: (name, place) => {
        output.out(`Unit ${name} ${bringing.goal}${place === '' ? '' : ` on ${place}`}\n`);
      },
    },
  );
  return refused.size + failed.length > 0 ? 1 : 0;
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
  context: Context,
  client: FleetClient,
  requests: readonly UnitRequest[],
  doing: Pick<Bringing, 'doing'>,
  units: readonly PlannedUnit[] = [],
): Promise<ReadonlySet<string>> {
  const results: readonly UnitResult[] = requests.length === 0 ? [] : await client.change(requests);
  const globals = new Set(units.filter(({ global }) => global).map(({ name }) => name));
  for (const { name, outcome } of results) {
    // fleet prints a global unit's state as the empty text it is.
    if (outcome === 'created') context.output.out(`Unit ${name} ${globals.has(name) ? '' : 'inactive'}\n`);
  }
  return new Set(tellResults(context, results, doing));
}

/** Tells what was refused, and returns its names. */
export function tellResults(
  { output }: Context,
  results: readonly UnitResult[],
  { doing }: Pick<Bringing, 'doing'>,
): string[] {
  return results.flatMap((result) => {
    if (result.outcome !== 'refused') return [];
    output.err(`Error ${doing} units: ${result.name}: ${apiError(result.code, result.message)}`);
    return [result.name];
  });
}
