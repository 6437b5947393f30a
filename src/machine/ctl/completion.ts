// keelson completion: the script that teaches a shell our commands.

import { Argument, Command } from 'commander';
import { type CompletionCommand, completionScript, type Shell, shells } from '../completion.ts';
import type { FrontDoor } from './main.ts';

export function command(door: FrontDoor): Command {
  return new Command('completion')
    .description('Print the completion script of a shell: keelson completion bash > FILE.')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .action(async (shell: Shell) => {
      process.stdout.write(completionScript(shell, 'keelson', await commandsOf(door)));
    });
}

async function commandsOf(door: FrontDoor): Promise<CompletionCommand[]> {
  const found: CompletionCommand[] = [];
  for (const [word, { summary, load }] of Object.values(door).flatMap((group) => Object.entries(group))) {
    const loaded = (await load()).command(door);
    const options = [...loaded.options.filter(({ hidden }) => !hidden)].flatMap(
      ({ long, short, description }) => {
        const flag = long ?? short;
        return flag === undefined ? [] : [{ word: flag, summary: description }];
      },
    );
    const commands = loaded
      .createHelp()
      .visibleCommands(loaded)
      .filter((each) => each.name() !== 'help')
      .map((each) => ({ word: each.name(), summary: each.summary() || each.description() }));
    found.push({
      word,
      summary,
      commands,
      options: [...options, { word: '--help', summary: 'show the help' }],
    });
  }
  return found;
}
