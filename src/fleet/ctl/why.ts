// fleetctl why: for each machine a sentence, why the unit is there or not.

import type { Why } from '../scheduler/why.ts';
import { printJson } from './columns.ts';
import { type Context, machinesByID } from './context.ts';
import { unitName } from './unit-arguments.ts';
import { showMachine } from './waiting.ts';

export async function run(context: Context): Promise<number> {
  const name = unitName(context.operands[0] ?? '');
  const client = await context.client();
  const [answer, machines] = await Promise.all([
    client.call('GET', `units/${encodeURIComponent(name)}/why`),
    machinesByID(client),
  ]);
  if (context.flags.bool('json')) {
    printJson(context, answer);
    return 0;
  }
  const why = answer as unknown as Why;
  const { out } = context.output;
  out(`${why.name}: ${headline(why)}\n`);
  for (const { machineID, verdict, reason } of why.machines) {
    const mark = verdict === 'here' ? '*' : ' ';
    out(`${mark} ${showMachine(machineID, machines, context.flags.bool('full'))}  ${reason}\n`);
  }
  return 0;
}

function headline({ desiredState, waiting, machines }: Why): string {
  if (waiting !== undefined) return `waits. ${waiting}`;
  const here = machines.filter(({ verdict }) => verdict === 'here').length;
  if (here === 0) return `on no machine; its desired state is ${desiredState}.`;
  return `on ${here} of ${machines.length} machines.`;
}
