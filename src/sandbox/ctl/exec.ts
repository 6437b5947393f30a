// keelson exec: runs a program inside a machine, as its root; in a container without SSH.

import { Command } from 'commander';
import { foreground } from '../../host/index.ts';
import { nameOption } from './options.ts';

export function command(): Command {
  return new Command('exec')
    .description(
      'Runs a program inside a machine as root (a shell when none is given); in a container without SSH.',
    )
    .usage('[options] <machine> [-- <command...>]')
    .argument('<machine>')
    .argument('[command...]')
    .addOption(nameOption())
    .passThroughOptions()
    .action(async (name: string, argv: readonly string[], options: { readonly name: string }) => {
      const { openCluster } = await import('../cluster.ts');
      const machine = (await openCluster(options.name)).machine(name);
      // commander hands a `--` on when it comes after the first argument.
      const given = argv[0] === '--' ? argv.slice(1) : argv;
      const program = given.length === 0 ? ['bash', '--login'] : given;
      process.exitCode = await foreground(await machine.enter(program));
    });
}
