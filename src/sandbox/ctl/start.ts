// keelson start: boots machines that are off, from the disks they had.

import { Command } from 'commander';
import { nameOption } from './options.ts';

export function command(): Command {
  return new Command('start')
    .description('Boots machines that are off, from the disks they had.')
    .argument('<machine...>')
    .addOption(nameOption())
    .action(async (names: readonly string[], options: { readonly name: string }) => {
      const { openCluster } = await import('../cluster.ts');
      const cluster = await openCluster(options.name);
      const machines = names.map(cluster.machine);
      await Promise.all(machines.map((machine) => machine.start()));
      for (const machine of machines) process.stdout.write(`${machine.name} runs.\n`);
    });
}
