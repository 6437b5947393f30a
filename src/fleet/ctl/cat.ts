// fleetctl cat: a unit's content as it is in the cluster.

import { renderUnitContent } from '../unit-content.ts';
import { printJson } from './columns.ts';
import type { Context } from './context.ts';
import { unitName } from './unit-arguments.ts';

export async function run(context: Context): Promise<number> {
  const name = unitName(context.operands[0] ?? '');
  const content = await (await context.client()).content(name);
  if (content === undefined) {
    context.output.err(`Unit ${name} not found`);
    return 1;
  }
  const { desiredState, options } = content;
  if (context.flags.bool('json')) printJson(context, { name, desiredState, options });
  else context.output.out(renderUnitContent(options));
  return 0;
}
