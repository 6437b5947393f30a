// fleetctl destroy: removes units, and waits until nothing of them is left on their machines.

import { apiError } from './answers.ts';
import type { Context } from './context.ts';
import { unitArguments } from './unit-arguments.ts';
import { waitFor, waitLimit } from './wait.ts';

export async function run(context: Context): Promise<number> {
  const { flags, output } = context;
  const names = unitArguments(context.operands).map(({ name }) => name);
  if (names.length === 0) {
    output.err('No units given');
    return 0;
  }
  const client = await context.client();
  const results = await client.destroy(names);
  const unknown = results.filter((result) => result.outcome === 'refused' && result.code === 404);
  if (unknown.length === results.length) {
    output.err('Units not found in registry');
    return 0;
  }
  const going: string[] = [];
  let refused = 0;
  for (const result of results) {
    if (result.outcome !== 'refused') going.push(result.name);
    else if (result.code !== 404) {
      refused += 1;
      output.err(`Error destroying units: ${result.name}: ${apiError(result.code, result.message)}`);
    }
  }
  const say = (name: string) => output.out(`Destroyed ${name}\n`);
  if (flags.bool('no-block')) {
    going.forEach(say);
    return refused > 0 ? 1 : 0;
  }
  const failed = await waitFor(
    context,
    client,
    going.map((name) => ({ name, goal: 'gone' })),
    waitLimit(flags, output.interactive),
    { verb: 'destroyed', onReached: say },
  );
  return refused + failed.length > 0 ? 1 : 0;
}
