// keelson uninstall: takes off what keelson install put on.

import { Command } from 'commander';
import { uninstall } from '../uninstall.ts';
import { rootOf } from './install.ts';

export function command(): Command {
  return new Command('uninstall')
    .description(
      'Take keelson off this machine. Units of the cluster that run here go on running; data stays.',
    )
    .option('--root <dir>', 'uninstall from the system below this folder, which does not run')
    .option('--purge', "also remove our services' data (/var/lib/fleet, /var/lib/etcd2, …)", false)
    .option('-q, --quiet', 'say only what stays behind', false)
    .action(async (options: { root?: string; purge: boolean; quiet: boolean }) => {
      const { removed, kept, messages } = await uninstall(rootOf(options.root), options.purge);
      process.stderr.write(messages);
      for (const path of kept) process.stderr.write(`Left in place, it was changed: ${path}\n`);
      if (!options.quiet) process.stderr.write(`Uninstalled: ${removed} files removed.\n`);
    });
}
