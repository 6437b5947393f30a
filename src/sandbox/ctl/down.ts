// keelson down: ends a cluster and removes everything of it.

import { Command } from 'commander';
import { nameOption } from './options.ts';

export function command(): Command {
  return new Command('down')
    .description(
      'Ends a cluster, running or half-made, and removes all of it: processes, network, disks. ' +
        'Only the cached base file systems stay, in /var/cache/keelson.',
    )
    .addOption(nameOption())
    .action(async ({ name }: { readonly name: string }) => {
      const { endCluster } = await import('../cluster.ts');
      const existed = await endCluster(name);
      process.stdout.write(existed ? `The cluster ${name} is gone.\n` : `There was no cluster ${name}.\n`);
    });
}
