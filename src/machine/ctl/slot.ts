// keelson slot: the two places of the operating system, and which of them boots.

import { Command } from 'commander';
import { activateCommand, blessCommand, revertCommand } from './slot-change.ts';
import { initCommand } from './slot-init.ts';
import { listCommand, statusCommand } from './slot-show.ts';
import { takeCommand, writeCommand } from './slot-write.ts';

export function command(): Command {
  const root = new Command('slot')
    .description(
      'The two slots of this machine’s /usr, or of an extension of it: what they hold, which one boots, updates.',
    )
    .addHelpText('after', help);
  const makers = [
    statusCommand,
    listCommand,
    writeCommand,
    activateCommand,
    blessCommand,
    revertCommand,
    initCommand,
    takeCommand,
  ];
  for (const make of makers) {
    const { command: one, hidden } = make();
    root.addCommand(one, { hidden });
  }
  return root;
}

const help = `
Examples:
  keelson slot status                what runs, what boots next, what failed before
  keelson slot write ./release       put a release into the idle slot, to be tried next
  keelson slot bless                 the version that runs is good (done at boot, behind the health gates)
  keelson slot revert                go back to the version before
  keelson slot init --extension tools ./release      a layer over /usr, on a machine without slots
  keelson slot status --extension tools

Exit status:
  0   done
  1   it failed, and said why; the machine boots what runs now
  2   wrong usage
  3   refused: a flag overrides it
  77  permission denied
`;
