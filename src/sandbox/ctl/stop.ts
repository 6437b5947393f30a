// keelson stop: powers machines off cleanly and waits for it.

import { Command } from 'commander';
import { nameOption } from './options.ts';

export function command(): Command {
  return new Command('stop')
    .description('Powers machines off cleanly and waits for it.')
    .argument('<machine...>')
    .addOption(nameOption())
    .action(async (names: readonly string[], options: { readonly name: string }) => {
      const { openCluster } = await import('../cluster.ts');
      const cluster = await openCluster(options.name);
      const machines = names.map(cluster.machine);
      await Promise.all(machines.map((machine) => machine.stop()));
      for (const machine of machines) process.stdout.write(`${machine.name} is off.\n`);
    });
}
