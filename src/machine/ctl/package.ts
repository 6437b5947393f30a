// keelson package: the Debian package of this very keelson.

import { Command } from 'commander';
import { progress } from '../../cli/index.ts';
import { homeDirectory } from '../../host/index.ts';
import { buildPackage } from '../package.ts';

export function command(): Command {
  return new Command('package')
    .description('Build the Debian package of this keelson and print its path.')
    .option('-o, --output <path>', 'file or folder to put it in', '.')
    .option('-q, --quiet', 'say nothing but the path', false)
    .action(async (options: { output: string; quiet: boolean }) => {
      const said = progress(process.stderr, options.quiet);
      const path = await buildPackage({
        home: homeDirectory(),
        onStep: (text) => said.step(text),
        output: options.output,
      });
      process.stdout.write(`${path}\n`);
    });
}
