// fleetctl drain: empties a machine, and waits until its units run elsewhere.

import { listOf } from './answers.ts';
import { printJson } from './columns.ts';
import { type Context, machinesByID } from './context.ts';
import { findMachine } from './remote.ts';
import { showMachine } from './waiting.ts';

interface Move {
  readonly name: string;
  readonly to?: string;
}

interface Stays {
  readonly name: string;
  readonly reason: string;
}

export async function run(context: Context): Promise<number> {
  const { flags, output } = context;
  const client = await context.client();
  const machines = await machinesByID(client);
  const id = findMachine(context.operands[0] ?? '', machines);
  const dryRun = flags.bool('dry-run');
  const body = { reason: flags.text('reason') ?? '', force: flags.bool('force') };
  const answer = await client.call('PUT', `machines/${id}/drain${dryRun ? '?dryRun=1' : ''}`, body);
  const moves = listOf<Move>(answer, 'moves', 'name');
  const stay = listOf<Stays>(answer, 'stay', 'name');
  if (flags.bool('json')) printJson(context, { machine: id, moves, stay });
  else if (dryRun) {
    for (const { name, to } of moves) {
      output.out(
        `${name} ${to === undefined ? 'would be stopped' : `would go to ${showMachine(to, machines)}`}\n`,
      );
    }
  }
  for (const { name, reason } of stay) output.err(`Unit ${name} stays: ${reason}`);
  if (dryRun || flags.bool('no-block')) return stay.length > 0 ? 1 : 0;
  const left = await untilLeft(
    context,
    id,
    moves.map(({ name }) => name),
  );
  for (const name of left) output.err(`Unit ${name} has not left yet; what was asked for goes on.`);
  const done = `${moves.length - left.length} of ${moves.length + stay.length} units left`;
  output.err(`Machine ${showMachine(id, machines)} is drained: ${done}. "fleetctl undrain" takes it back.`);
  return stay.length + left.length > 0 ? 1 : 0;
}

/** Follows these units until none is on the machine; the names of those that still are when time is up. */
async function untilLeft(context: Context, id: string, names: readonly string[]): Promise<readonly string[]> {
  const { flags, output } = context;
  const here = new Set(names);
  if (here.size === 0) return [];
  const seconds = flags.number('timeout') ?? (output.interactive ? 0 : 300);
  const signals = [context.signal, ...(seconds === 0 ? [] : [AbortSignal.timeout(seconds * 1000)])];
  const client = await context.client();
  try {
    for await (const event of client.events(names, AbortSignal.any(signals))) {
      if (event.type === 'unit-removed') here.delete(event.name);
      if (event.type !== 'unit') continue;
      const { name, assignments, states } = event.unit;
      const there = [...assignments, ...states].some(({ machineID }) => machineID === id);
      if (there || !here.delete(name)) continue;
      output.progress(`${names.length - here.size} of ${names.length} units left …`);
      output.out(`Unit ${name} left\n`);
      if (here.size === 0) break;
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (!signals.some(({ aborted }) => aborted)) throw error;
  } finally {
    output.progress('');
  }
  return [...here].sort();
}
