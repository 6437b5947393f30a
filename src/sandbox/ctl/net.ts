// keelson net: runs a program of the host in a cluster's network.

import { Command } from 'commander';
import { foreground } from '../../host/index.ts';
import { nameOption } from './options.ts';

export function command(): Command {
  return new Command('net')
    .description(
      'Runs a program of this host in the network of a cluster, its machines known by name (curl m1:8080).',
    )
    .usage('[options] -- <command...>')
    .argument('<command...>')
    .addOption(nameOption())
    .passThroughOptions()
    .action(async (argv: readonly string[], options: { readonly name: string }) => {
      const { netCommand } = await import('../cluster.ts');
      process.exitCode = await foreground(await netCommand(options.name, argv));
    });
}
