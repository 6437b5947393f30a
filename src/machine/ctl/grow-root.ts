// keelson grow-root: the partition and the file system of / take the space there is.

import { Command, Option } from 'commander';
import { growRoot } from '../grow-root.ts';

interface Flags {
  readonly mountPoint: string;
  readonly device?: string;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

export function command(): Command {
  return new Command('grow-root')
    .description(
      'Grow the partition and the file system of / to the space there is. Does nothing when they have it.',
    )
    .addOption(new Option('--mount-point <dir>', 'the file system mounted there').default('/'))
    .addOption(new Option('--device <dev>', 'the file system on this device').conflicts('mountPoint'))
    .option('--dry-run', 'say what would be done, and change nothing', false)
    .option('--json', 'print the outcome of each half as JSON', false)
    .option('-q, --quiet', 'print only what was changed and what went wrong', false)
    .addHelpText('after', help)
    .action(async ({ mountPoint, device, ...flags }: Flags) => {
      process.exitCode = await growRoot({
        ...flags,
        target: device === undefined ? { mountPoint } : { device },
      });
    });
}

const help = `
Exit status:
  0   it has grown, or has all the space there is
  1   a half failed, or something is damaged; the other half was done all the same
  2   wrong usage
  3   a half was left alone, being nothing that can be grown here; the reason is told
  77  permission denied
`;
