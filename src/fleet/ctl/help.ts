// fleetctl help.

import { version } from '../../host/index.ts';
import { resolveCommand } from './arguments.ts';
import { commands } from './commands.ts';
import type { Context } from './context.ts';
import { helpText } from './program.ts';

export async function run(context: Context): Promise<number> {
  const [word] = context.operands;
  context.output.out(helpText(word === undefined ? undefined : resolveCommand(word, commands), version()));
  return 0;
}
