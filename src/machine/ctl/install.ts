// keelson install: this machine becomes one that keelson runs on.

import { resolve } from 'node:path';
import { Command } from 'commander';
import { progress } from '../../cli/index.ts';
import { homeDirectory } from '../../host/index.ts';
import { machineErrors } from '../errors.ts';
import { install } from '../install.ts';

export function command(): Command {
  return new Command('install')
    .description('Put keelson on this machine, or bring it up to date. Running units are left alone.')
    .option('--root <dir>', 'install on the system below this folder, which does not run')
    .option('--force', 'overwrite files that keelson did not put there', false)
    .option('-q, --quiet', 'say nothing', false)
    .action(async (options: { root?: string; force: boolean; quiet: boolean }) => {
      const root = rootOf(options.root);
      const said = progress(process.stderr, options.quiet);
      const { written, unchanged, removed, messages } = await install({
        home: homeDirectory(),
        root,
        force: options.force,
        onStep: (text) => said.step(text),
      });
      process.stderr.write(messages);
      said.done(`Installed: ${written} files written, ${unchanged} already right, ${removed} removed.`);
      if (root === '') said.done('Next: keelson doctor');
    });
}

/** The root as the installer wants it; needs to be root for the machine itself. */
export function rootOf(given: string | undefined): string {
  if (given !== undefined && resolve(given) !== '/') return resolve(given);
  if (process.getuid?.() === 0) return '';
  throw machineErrors.error('denied', 'Only root can do that.', { hint: 'Run it again with sudo.' });
}
