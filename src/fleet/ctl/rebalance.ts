// fleetctl rebalance: evens the machines out, once.

import { listOf } from './answers.ts';
import { printJson } from './columns.ts';
import { type Context, machinesByID } from './context.ts';
import { showMachine } from './waiting.ts';

interface Move {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

export async function run(context: Context): Promise<number> {
  const { flags, output } = context;
  const client = await context.client();
  const machines = await machinesByID(client);
  const dryRun = flags.bool('dry-run');
  const answer = await client.call('POST', `rebalance${dryRun ? '?dryRun=1' : ''}`);
  const moves = listOf<Move>(answer, 'moves', 'name');
  if (flags.bool('json')) printJson(context, { moves });
  else {
    for (const { name, from, to } of moves) {
      const way = `${showMachine(from, machines)} → ${showMachine(to, machines)}`;
      output.out(`${name} ${dryRun ? 'would move' : 'moves'}: ${way}\n`);
    }
    if (moves.length === 0) output.err('The machines are even already.');
  }
  return 0;
}
