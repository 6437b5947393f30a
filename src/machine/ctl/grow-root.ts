// keelson grow-root: the partition and the file system of / take the space there is.

import { Command, Option } from 'commander';
import { grow, type HalfOutcome, sizeText } from '../../disk/index.ts';
import { rootOf } from './install.ts';

interface Flags {
  readonly mountPoint: string;
  readonly device?: string;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

const keepFolders = ['/var/lib/keelson/partition-tables', '/run/keelson/partition-tables'];
const lockPath = '/run/keelson/grow-root.lock';

/** Exit status when a half is of a kind that we do not grow: no failure, but not what was asked for. */
const leftAlone = 3;

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
    .action(async (flags: Flags) => {
      rootOf(undefined);
      const target = flags.device === undefined ? { mountPoint: flags.mountPoint } : { device: flags.device };
      process.exitCode = report(await grow(target, { dryRun: flags.dryRun, keepFolders, lockPath }), flags);
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

/** Prints the outcomes and yields the exit status. */
function report(outcomes: readonly HalfOutcome[], { json, quiet }: Pick<Flags, 'json' | 'quiet'>): number {
  if (json) process.stdout.write(`${JSON.stringify(outcomes, undefined, 2)}\n`);
  const shown = outcomes.filter(({ outcome }) => !json && !(quiet && outcome === 'full'));
  process.stdout.write(shown.map(lineOf).join(''));
  const has = (...words: readonly HalfOutcome['outcome'][]) =>
    outcomes.some(({ outcome }) => words.includes(outcome));
  if (has('failed', 'refused')) return 1;
  return has('cannot') ? leftAlone : 0;
}

const verbs: Readonly<Record<HalfOutcome['outcome'], string>> = {
  grown: 'has grown',
  'would grow': 'would grow',
  full: 'is left as it is.',
  cannot: 'is left alone.',
  refused: 'is not touched.',
  failed: 'has not grown.',
};

function lineOf({ subject, outcome, fromBytes, toBytes, reason, hint }: HalfOutcome): string {
  const sizes = toBytes > fromBytes ? ` from ${sizeText(fromBytes)} to ${sizeText(toBytes)}.` : '';
  const line = `${subject} ${verbs[outcome]}${sizes} ${reason}\n`;
  return hint === undefined ? line : `${line}  ${hint}\n`;
}
