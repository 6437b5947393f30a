// keelson ssh: a shell, or one command, on a machine over SSH.

import { Command } from 'commander';
import { foreground } from '../../host/index.ts';
import { nameOption } from './options.ts';

export function command(): Command {
  return new Command('ssh')
    .description('Opens a shell on a machine over SSH, or runs a command there.')
    .argument('<machine>')
    .argument('[command...]')
    .addOption(nameOption())
    .passThroughOptions()
    .addHelpText(
      'after',
      '\nPrograms of your own reach the machines by: ssh -F /run/keelson/sandbox/CLUSTER/ssh_config MACHINE',
    )
    .action(async (name: string, argv: readonly string[], options: { readonly name: string }) => {
      const { openCluster } = await import('../cluster.ts');
      const { clusterPaths } = await import('../paths.ts');
      const machine = (await openCluster(options.name)).machine(name);
      await machine.leaderPid();
      const config = clusterPaths(options.name).sshConfig;
      process.exitCode = await foreground(['ssh', '-F', config, machine.name, ...argv]);
    });
}
