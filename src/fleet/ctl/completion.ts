// fleetctl completion: a script for the user's shell, made from the table of commands.

import { completionScript, isShell } from './completion-script.ts';
import type { Context } from './context.ts';
import { usage } from './context.ts';

export async function run(context: Context): Promise<number> {
  const [shell = ''] = context.operands;
  if (!isShell(shell)) throw usage(`There is no completion for "${shell}".`, 'Known: bash, zsh, fish.');
  context.output.out(completionScript(shell));
  return 0;
}
