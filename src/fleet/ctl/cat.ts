// fleetctl cat: a unit's content as it is in the cluster.

import { renderUnitContent, renderWithDropIns } from '../unit-content.ts';
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
  const { desiredState, options, dropIns = [] } = content;
  if (context.flags.bool('json')) {
    printJson(context, { name, desiredState, options, ...(dropIns.length === 0 ? {} : { dropIns }) });
    return 0;
  }
  const texts = dropIns.map((dropIn) => ({
    name: `${name}.d/${dropIn.name}`,
    text: renderUnitContent(dropIn.options),
  }));
  // As systemctl cat has it; what has no drop-ins is printed as fleet always did.
  const head = texts.length === 0 ? '' : `# ${name}\n`;
  context.output.out(head + renderWithDropIns(renderUnitContent(options), texts));
  return 0;
}
