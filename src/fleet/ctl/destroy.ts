// fleetctl destroy: removes units, and waits until nothing of them is left on their machines.

import type { Context } from './context.ts';
import { unitArguments } from './unit-arguments.ts';
import { UnitResults } from './unit-results.ts';
import { waitFor, waitLimit } from './wait.ts';

export async function run(context: Context): Promise<number> {
  const results = new UnitResults(context);
  const names = unitArguments(context.operands).map(({ name }) => name);
  if (names.length === 0) context.output.err('No units given');
  const bad = names.length === 0 ? 0 : await destroyAll(context, names, results);
  results.end();
  return bad > 0 ? 1 : 0;
}

/** Returns how many units are not gone. */
async function destroyAll(context: Context, names: readonly string[], results: UnitResults): Promise<number> {
  const { flags, output } = context;
  const client = await context.client();
  if (flags.bool('dry-run')) {
    const { tellPlan } = await import('./dry-run.ts');
    return tellPlan(client, { removals: names }, 'destroying', results);
  }
  const answers = await client.destroy(names);
  const isUnknown = (answer: (typeof answers)[number]) => answer.outcome === 'refused' && answer.code === 404;
  for (const { name } of answers.filter(isUnknown)) results.note({ name, outcome: 'unknown' });
  if (answers.every(isUnknown)) {
    output.err('Units not found in registry');
    return 0;
  }
  const refused = results.refusals(
    answers.filter((answer) => !isUnknown(answer)),
    'destroying',
  );
  const going = answers.filter(({ outcome }) => outcome !== 'refused').map(({ name }) => name);
  if (flags.bool('no-block')) {
    for (const name of going) results.destroyed(name);
    return refused.length;
  }
  const failed = await waitFor(
    context,
    client,
    going.map((name) => ({ name, goal: 'gone' })),
    waitLimit(flags, output.interactive),
    { verb: 'destroyed', results, onReached: (name) => results.destroyed(name) },
  );
  return refused.length + failed.length;
}
