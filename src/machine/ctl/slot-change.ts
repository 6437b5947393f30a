// keelson slot activate, bless and revert: which slot boots.

import { Argument } from 'commander';
import type { Slot } from '../../disk/index.ts';
import { blessAll } from './slot-bless-all.ts';
import { managerOf, type PlaceFlags, type SubCommand, slotCommand } from './slot-options.ts';

interface ChangeFlags extends PlaceFlags {
  readonly json: boolean;
  readonly quiet: boolean;
}

const changing = (name: string, description: string) =>
  slotCommand(name, description)
    .option('--json', 'print what was done as JSON', false)
    .option('-q, --quiet', 'say nothing', false);

function tell({ json, quiet }: ChangeFlags, fact: object, sentence: string): void {
  if (json) process.stdout.write(`${JSON.stringify(fact, undefined, 2)}\n`);
  else if (!quiet) process.stdout.write(`${sentence}\n`);
}

export function activateCommand(): SubCommand {
  const command = changing(
    'activate',
    'Let a slot boot next: tried three times, then the machine comes back.',
  )
    .addArgument(new Argument('<slot>', 'A or B').choices(['A', 'B']))
    .option('--force', 'although it was tried and did not come up', false)
    .action(async (slot: Slot, flags: ChangeFlags & { force: boolean }) => {
      await (await managerOf(flags)).activate(slot, { force: flags.force });
      tell(flags, { next: slot }, `Slot ${slot} boots next.`);
    });
  return { command, hidden: false };
}

export function blessCommand(): SubCommand {
  const command = changing(
    'bless',
    'Mark the slot that runs as good, by the usrhash= of the kernel’s command line; the other one is not touched.',
  ).option('--all', 'the system, when it runs from a slot, and all extensions that are on trial', false);
  command.action(async (flags: ChangeFlags & { all: boolean }) => {
    if (flags.all) return await blessAll(flags);
    const manager = await managerOf(flags);
    const changed = await manager.bless();
    const own = (await manager.list()).find(({ running }) => running);
    const what = `Slot ${own?.slot}, version ${own?.version},`;
    const fact = { slot: own?.slot, version: own?.version, changed };
    tell(flags, fact, `${what} ${changed ? 'is marked as good.' : 'was marked as good already.'}`);
  });
  return { command, hidden: false };
}

export function revertCommand(): SubCommand {
  const command = changing(
    'revert',
    'Go back: drop a version that waits to be tried, else return to the other slot at the next boot.',
  ).action(async (flags: ChangeFlags) => {
    const next = await (await managerOf(flags)).revert();
    tell(flags, { next }, `Slot ${next} boots next.`);
  });
  return { command, hidden: false };
}
