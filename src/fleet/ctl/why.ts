// fleetctl why: for each machine a sentence, why the unit is there or not.

import type { WhyMachine } from '../scheduler/why.ts';
import { listOf } from './answers.ts';
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
  const { out } = context.output;
  const judged = listOf<WhyMachine>(answer, 'machines', 'machineID');
  out(`${name}: ${headline(judged, text(answer['desiredState']), text(answer['waiting']))}\n`);
  for (const { machineID, verdict, reason } of judged) {
    const mark = verdict === 'here' ? '*' : ' ';
    out(`${mark} ${showMachine(machineID, machines, context.flags.bool('full'))}  ${reason}\n`);
  }
  return 0;
}

function headline(machines: readonly WhyMachine[], desiredState: string, waiting: string): string {
  if (waiting !== '') return `waits. ${waiting}`;
  const here = machines.filter(({ verdict }) => verdict === 'here').length;
  if (here === 0) return `on no machine; its desired state is ${desiredState}.`;
  return `on ${here} of ${machines.length} machines.`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
