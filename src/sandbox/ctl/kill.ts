// keelson kill: pulls the plug of machines: every process of theirs is gone at once.

import { Command } from 'commander';
import { nameOption } from './options.ts';

export function command(): Command {
  return new Command('kill')
    .description('Pulls the plug of machines: every process of theirs is gone at once.')
    .argument('<machine...>')
    .addOption(nameOption())
    .action(async (names: readonly string[], options: { readonly name: string }) => {
      const { openCluster } = await import('../cluster.ts');
      const cluster = await openCluster(options.name);
      const machines = names.map(cluster.machine);
      await Promise.all(machines.map((machine) => machine.kill()));
      for (const machine of machines) process.stdout.write(`${machine.name} is off.\n`);
    });
}
